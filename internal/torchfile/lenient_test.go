package torchfile

import (
	"reflect"
	"strings"
	"testing"

	"noise2sparse/internal/pickle"
)

// objects.zip.pt holds a tensor beside objects of classes that no reader knows: see make.py.
const objects = "testdata/objects.zip.pt"

func TestLenientKeepsUnknownObjects(t *testing.T) {
	if _, err := Open(objects); err == nil || !strings.Contains(err.Error(), "is not allowed") {
		t.Errorf("Open takes unknown classes: error %v", err)
	}
	f, err := OpenLenient(objects)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := []string{"__main__.Settings", "argparse.Namespace", "__main__.Kind", "pathlib.PosixPath", "__builtin__.getattr", "__main__.Evil"}
	if !reflect.DeepEqual(f.Unknown, want) {
		t.Errorf("unknown classes %v, want %v", f.Unknown, want)
	}
	if len(f.Tensors) != 1 || f.Tensors[0].Name != "state_dict.w" {
		t.Fatalf("tensors %v, want state_dict.w alone", f.Tensors)
	}
	if a, err := f.Load(f.Tensors[0]); err != nil || !reflect.DeepEqual(a.Float32s(), []float32{1, 2}) {
		t.Errorf("state_dict.w is %v (%v)", a.Float32s(), err)
	}
	root := f.Root.(*pickle.Dict)
	settings, _ := root.Get("settings")
	if lr, _ := settings.(*pickle.Opaque).Dict.Get("lr"); lr != 0.5 { // a subclass of dict
		t.Errorf("settings.lr is %v", lr)
	}
	options, _ := root.Get("options")
	if seed, _ := options.(*pickle.Opaque).State.(*pickle.Dict).Get("seed"); seed != int64(3) {
		t.Errorf("options.seed is %v", seed)
	}
}

// A pickle that asks for code to be run gets an opaque object for it.
func TestLenientRunsNothing(t *testing.T) {
	f, err := OpenLenient(objects)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	evil, _ := f.Root.(*pickle.Dict).Get("evil")
	o, ok := evil.(*pickle.Opaque)
	if !ok || o.Class != "__main__.Evil" || !reflect.DeepEqual(o.Args, pickle.Tuple{"touch owned"}) {
		t.Errorf("evil is %#v", evil)
	}
}
