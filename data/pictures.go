package data

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
)

// pictureSet is one split: its pictures in the order of its rows.
type pictureSet struct {
	word    string   // "train", "test", ...; "" where the archive or folder is one split
	classes []string // sorted; the label is the place. nil: no class folders, no labels
	items   []pictureFile
}

type pictureFile struct {
	name   string // below the folder or in the archive
	class  int
	size   int64
	offset int64 // in an archive that is not compressed
}

// pictureEnds are the endings of what is decoded; otherEnds mark pictures that are not, which must not
// be passed over in silence.
var (
	pictureEnds = []string{".jpg", ".jpeg", ".png"}
	otherEnds   = []string{".gif", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".heic", ".avif", ".jp2"}
)

func hasEnd(name string, ends []string) bool {
	return indexOf(ends, strings.ToLower(path.Ext(name))) >= 0
}

// isPicture tells whether a file counts as a sample: by its ending, and neither hidden nor in a hidden
// folder, as the ._files are that macOS adds to archives.
func isPicture(name string) bool {
	return hasEnd(name, pictureEnds) && !strings.HasPrefix(name, ".") && !strings.Contains(name, "/.")
}

// arrange finds splits and classes in the names of pictures, the way torchvision's ImageFolder does:
// <class>/.../<file>, with the split's folder before it where there are several. Folders that all have
// in common are passed over. Rows take the classes in turn: the first picture of each, the second of
// each, and so on, so that any part of them has all classes.
func arrange(files []pictureFile) ([]pictureSet, error) {
	splits := map[string][]pictureFile{}
	depth := commonDepth(files)
	word := func(f pictureFile) string { return strings.Split(f.name, "/")[depth] }
	for _, f := range files {
		w := ""
		if p := strings.Split(f.name, "/"); len(p) > depth+1 && isSplitWord(p[depth]) {
			w = word(f)
		}
		splits[w] = append(splits[w], f)
	}
	train, hasTrain := splits["train"]
	val := ""
	for _, w := range valNames {
		if _, ok := splits[w]; ok && val == "" {
			val = w
		}
	}
	if !hasTrain || val == "" || len(splits[""]) > 0 { // names of classes that happen to be such words
		set, err := classify("", files, depth)
		return []pictureSet{set}, err
	}
	a, err := classify("train", train, depth+1)
	if err != nil {
		return nil, err
	}
	b, err := classify(val, splits[val], depth+1)
	if err == nil {
		err = b.rename(a.classes)
	}
	return []pictureSet{a, b}, err
}

func isSplitWord(s string) bool { return indexOf(trainNames, s) >= 0 || indexOf(valNames, s) >= 0 }

// commonDepth is how many folders all names have in common, the class folder left alone.
func commonDepth(files []pictureFile) int {
	first := strings.Split(files[0].name, "/")
	depth := max(0, len(first)-2)
	for _, f := range files {
		p := strings.Split(f.name, "/")
		n := 0
		for n < min(depth, len(p)-2) && p[n] == first[n] {
			n++
		}
		depth = min(depth, n)
	}
	return depth
}

// classify groups the pictures of a split by the folder at depth.
func classify(word string, files []pictureFile, depth int) (pictureSet, error) {
	set := pictureSet{word: word}
	byClass := map[string][]pictureFile{}
	for _, f := range files {
		class := ""
		if p := strings.Split(f.name, "/"); len(p) > depth+1 {
			class = p[depth]
		}
		byClass[class] = append(byClass[class], f)
	}
	loose := byClass[""]
	if loose != nil && len(byClass) > 1 {
		return set, fmt.Errorf("%s lies beside class folders; put it into one, or elsewhere", loose[0].name)
	}
	longest := 0
	for class, files := range byClass {
		sort.Slice(files, func(i, j int) bool { return files[i].name < files[j].name })
		set.classes = append(set.classes, class)
		longest = max(longest, len(files))
	}
	sort.Strings(set.classes)
	for i := range longest {
		for label, class := range set.classes {
			if files := byClass[class]; i < len(files) {
				files[i].class = label
				set.items = append(set.items, files[i])
			}
		}
	}
	if loose != nil {
		set.classes = nil
	}
	return set, nil
}

// rename gives the pictures the labels of the training pictures' classes.
func (s *pictureSet) rename(classes []string) error {
	if (classes == nil) != (s.classes == nil) {
		return errors.New("only one of the splits has class folders")
	}
	labels := make([]int32, len(s.items))
	for i, f := range s.items {
		labels[i] = int32(f.class)
	}
	if err := renameClasses(labels, s.classes, classes); err != nil {
		return err
	}
	for i, l := range labels {
		s.items[i].class = int(l)
	}
	s.classes = classes
	return nil
}

// renameClasses changes labels that count one split's classes to those that count the other's, which
// may be more: class folders without a picture leave no trace. Nothing happens where either has no
// names.
func renameClasses(labels []int32, from, to []string) error {
	if from == nil || to == nil {
		return nil
	}
	as := make([]int32, len(from))
	for i, c := range from {
		j := indexOf(to, c)
		if j < 0 {
			return fmt.Errorf("class %q is none of the training pictures' (%s)", c, strings.Join(to[:min(5, len(to))], ", "))
		}
		as[i] = int32(j)
	}
	for i, l := range labels {
		if int(l) < len(as) {
			labels[i] = as[l]
		}
	}
	return nil
}

// matching lists the files of a folder by their begin and end. The folder's name may hold any character,
// which a pattern of filepath.Glob may not.
func matching(folder, begin, end string) []string {
	entries, _ := os.ReadDir(folder) // a folder that can't be read has none
	var out []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), begin) && strings.HasSuffix(e.Name(), end) {
			out = append(out, e.Name())
		}
	}
	return out
}

// findPictures finds the folder or the archive of a split's pictures: train/, train.tar, train.tar.gz,
// or the only train*.tar. "" where there is none; the word "" finds nothing.
func findPictures(folder, word string) string {
	if word == "" {
		return ""
	}
	if p := filepath.Join(folder, word); isDir(p) {
		return p
	}
	for _, end := range []string{".tar", ".tar.gz", ".tgz"} {
		if p := filepath.Join(folder, word+end); isFile(p) {
			return p
		}
	}
	if found := matching(folder, word, ".tar"); len(found) == 1 {
		return filepath.Join(folder, found[0])
	}
	return ""
}
