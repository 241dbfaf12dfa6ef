package data

import (
	"fmt"
	"path/filepath"

	"noise2sparse/internal/registry"
)

func init() {
	Datasets.Register(registry.Entry[Kind]{
		Name: "imagefolder",
		Doc:  "JPEG or PNG pictures of one size in class folders, as torchvision's ImageFolder has them, or tar archives of them",
		Value: Kind{
			Needs: []string{
				"imagefolder/train/<class>/*.jpg or *.png, or imagefolder/train.tar of such folders",
				"imagefolder/val or test likewise, else a part of train is held out",
			},
			Params: fileKind.Params,
			check:  fileKind.check,
			find:   func(dir string) error { _, err := findImageFolder(dir); return err },
			load: func(o Options, p params) (*Dataset, error) {
				path, err := findImageFolder(o.Dir)
				if err != nil {
					return nil, err
				}
				return loadPath(path, p)
			},
		},
	})
}

// findImageFolder is the archive of the training pictures, or the folder above all of them.
func findImageFolder(dir string) (string, error) {
	folder := filepath.Join(dir, "imagefolder")
	if p := findPictures(folder, "train"); p != "" && !isDir(p) {
		return p, nil
	}
	if !isDir(folder) {
		return "", fmt.Errorf("no folder %s; say where the datasets lie with --data-dir or %s, or name any folder of pictures by its path", folder, EnvDir)
	}
	return folder, nil
}

// openPictures reads a folder or an archive of pictures, or what the cache has of it. Its tensors are
// images and labels, or train.images, train.labels and so on where it holds several splits.
func openPictures(path string, channels int) (*source, error) {
	s := &pictureStore{path: path, folder: isDir(path)}
	c, err := openCache(s, channels)
	if err != nil {
		return nil, err
	}
	if src := c.load(); src != nil {
		return src, nil
	}
	if err := s.list(); err != nil {
		return nil, err
	}
	sets, err := arrange(s.files)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	images, err := s.decode(sets, channels)
	if err != nil {
		return nil, err
	}
	var all []Named
	for i, set := range sets {
		prefix := ""
		if set.word != "" {
			prefix = set.word + "."
		}
		all = append(all, Named{Name: prefix + "images", Array: images[i]})
		if set.classes == nil {
			continue
		}
		labels := make([]int32, len(set.items))
		for j, f := range set.items {
			labels[j] = int32(f.class)
		}
		all = append(all, Named{Name: prefix + "labels", Array: labelArray(labels)})
	}
	src := loaded(pictureFormat, byName(all))
	src.classes = sets[0].classes
	c.store(all, src.classes)
	return src, nil
}

// pictureFormat is what `trainer data info` calls it.
const pictureFormat = "pictures"
