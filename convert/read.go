package convert

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"noise2sparse/internal/array"
	"noise2sparse/internal/npy"
	"noise2sparse/internal/pickle"
	"noise2sparse/internal/safetensors"
	"noise2sparse/internal/torchfile"
)

// Read reads a checkpoint or state dict. What kind of file it is follows from its content, not
// from its name. Nothing in it runs; objects of unknown classes are left out, with a note.
func Read(path string) (*Import, error) {
	im := &Import{Path: path}
	tensors, err := im.open()
	if err != nil {
		return nil, err
	}
	if len(tensors) == 0 {
		return nil, fmt.Errorf("%s: holds no tensors; save a state dict: torch.save(model.state_dict(), path)", path)
	}
	if err := im.understand(tensors); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return im, nil
}

func (im *Import) open() ([]array.Named, error) {
	start, err := head(im.Path)
	switch {
	case err != nil:
		return nil, err
	case len(start) == 9 && start[8] == '{':
		return im.openSafetensors()
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		tensors, err := im.openTorch()
		if errors.Is(err, torchfile.ErrNoPickle) {
			im.Format = "npz archive"
			return npy.ReadZip(im.Path)
		}
		return tensors, err
	case len(start) > 0 && start[0] == 0x80:
		return im.openTorch()
	}
	return nil, fmt.Errorf("%s: is no PyTorch, safetensors or npz file (it begins with % x)", im.Path, start[:min(len(start), 8)])
}

// head is the first 9 bytes of a file, or fewer of a shorter one.
func head(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && st.IsDir() {
		return nil, fmt.Errorf("%s: is a folder; give a file, or for a run of this program use start_from.run", path)
	}
	b := make([]byte, 9)
	n, err := io.ReadFull(f, b)
	if n == 0 {
		return nil, fmt.Errorf("%s: is empty", path)
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%s: cannot be read: %w", path, err)
	}
	return b[:n], nil
}

func (im *Import) openSafetensors() ([]array.Named, error) {
	im.Format = "safetensors"
	f, err := safetensors.Read(im.Path)
	if err != nil {
		return nil, err
	}
	return f.Tensors, nil
}

// The keys of a Lightning checkpoint, and of other training loops, under which a state dict lies.
var stateDictKeys = []string{"state_dict", "model_state_dict", "model"}

func (im *Import) openTorch() ([]array.Named, error) {
	f, err := torchfile.OpenLenient(im.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	root, ok := f.Root.(*pickle.Dict)
	if !ok {
		return nil, fmt.Errorf("%s: holds a %s, not a state dict or checkpoint; save one: torch.save(model.state_dict(), path)", im.Path, pickle.Kind(f.Root))
	}
	prefix := ""
	for _, key := range stateDictKeys {
		if v, ok := root.Get(key); ok {
			if _, ok := v.(*pickle.Dict); ok {
				prefix = key + "."
				break
			}
		}
	}
	im.Format = "PyTorch state dict"
	all := map[string]array.Array{}
	var tensors []array.Named
	for _, t := range f.Tensors {
		a, err := f.Load(t)
		if err != nil {
			return nil, err
		}
		all[t.Name] = a
		if name, ok := strings.CutPrefix(t.Name, own+".state."); ok {
			im.State = append(im.State, array.Named{Name: name, Array: a})
		}
		if name, ok := strings.CutPrefix(t.Name, prefix); ok {
			tensors = append(tensors, array.Named{Name: name, Array: a})
		}
	}
	if len(f.Unknown) > 0 {
		im.note("objects of these classes were read as plain data, and nothing of them ran: %s", some(f.Unknown, 5))
	}
	if prefix == "" {
		return tensors, nil
	}
	im.Format = "PyTorch checkpoint"
	im.progress(root)
	im.settings(root)
	im.optimizer = &optimizerState{root: root, tensors: all}
	return tensors, nil
}

func (im *Import) note(format string, args ...any) {
	im.Notes = append(im.Notes, fmt.Sprintf(format, args...))
}

// some lists the first n names.
func some(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}
