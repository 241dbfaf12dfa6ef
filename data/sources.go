package data

import (
	"noise2sparse/internal/download"
	"noise2sparse/internal/registry"
)

// Source says where the files of a dataset, or of pretrained weights, can be fetched.
type Source struct {
	Files []SourceFile
	// Parses tells that what was fetched is a dataset of this name, which Load reads.
	Parses bool
	// Elsewhere says how to get what no public address has; "" where all have one.
	Elsewhere string
}

// SourceFile is one file of a source.
type SourceFile struct {
	Path string       `json:"path"`  // below DATA_DIR
	URLs []string     `json:"urls"`  // the same content at each, best first; none: no public address is known
	Size int64        `json:"bytes"` // 0: not published
	Sum  download.Sum `json:"sum"`
	Read string       `json:"published_at"` // the public page or file that the address, the size and the hash were read from
}

// unsized bounds files whose size nobody has published.
const unsized = 1 << 30

// file is what the downloader needs of f.
func (f SourceFile) file() download.File {
	return download.File{URLs: f.URLs, Size: f.Size, Limit: unsized, Sum: f.Sum}
}

// Sources are what `trainer data get` knows. No address and no hash here is a guess: each was read
// from the page named beside it.
var Sources = registry.New[Source]("downloads")

const (
	tfds     = "https://github.com/tensorflow/datasets/blob/master/tensorflow_datasets/url_checksums/"
	cifarAt  = "https://www.cs.toronto.edu/~kriz/"
	tfMNIST  = "https://storage.googleapis.com/cvdf-datasets/mnist/"
	torchAt  = "https://ossci-datasets.s3.amazonaws.com/mnist/"
	torchDoc = "https://github.com/pytorch/vision/blob/main/torchvision/datasets/mnist.py"
	lecun    = "http://yann.lecun.com/exdb/mnist/"
	fashion  = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
	// The repository of the reference, at a commit, so that neither content nor names can change.
	paper    = "https://github.com/TrentBrick/SparsityFromNoise/blob/64c1fdf24396210559e2af60a26abab17c2c3f07/"
	paperRaw = "https://raw.githubusercontent.com/TrentBrick/SparsityFromNoise/64c1fdf24396210559e2af60a26abab17c2c3f07/"
	latentAt = "data/CachedOutputs/ConvMixerWTransforms_ImgNet32_CIFAR10/"
	mixerAt  = "saved_models/ConvMixer_ImgNet32_WTransforms_Just_State_Dict"
)

// WeightsFile is the name below DATA_DIR of the ConvMixer that makes latents of images.
const WeightsFile = "convmixer_imagenet32_state_dict.pt"

func init() {
	idx := func(folder, read string, at []string, files ...SourceFile) Source {
		for i, f := range files {
			for _, a := range at {
				files[i].URLs = append(files[i].URLs, a+f.Path)
			}
			files[i].Path, files[i].Read = folder+"/"+f.Path, read
		}
		return Source{Files: files, Parses: true}
	}
	sha := func(name string, size int64, hex string) SourceFile {
		return SourceFile{Path: name, Size: size, Sum: download.Sum{Kind: download.SHA256, Hex: hex}}
	}
	blob := func(path, at, hex string) SourceFile {
		return SourceFile{Path: path, URLs: []string{paperRaw + at}, Sum: download.Sum{Kind: download.GitBlob, Hex: hex}, Read: paper + at}
	}
	weights := blob(WeightsFile, mixerAt, "aa0071d8ea4d5d475735bdbc13b9ac66057fbbba")
	weights.Size = 3467343
	for _, e := range []registry.Entry[Source]{
		{
			Name: "mnist", Doc: "MNIST, four IDX files",
			Value: idx("mnist", tfds+"mnist.txt; mirrors: "+torchDoc, []string{tfMNIST, torchAt, lecun},
				sha("train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
				sha("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
				sha("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
				sha("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6")),
		},
		{
			Name: "fashion-mnist", Doc: "Fashion-MNIST, four IDX files",
			Value: idx("fashion-mnist", tfds+"fashion_mnist.txt", []string{fashion},
				sha("train-images-idx3-ubyte.gz", 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
				sha("train-labels-idx1-ubyte.gz", 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
				sha("t10k-images-idx3-ubyte.gz", 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
				sha("t10k-labels-idx1-ubyte.gz", 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5")),
		},
		{
			Name: "cifar10", Doc: "CIFAR-10, binary version",
			Value: idx("cifar10", tfds+"cifar10.txt", []string{cifarAt},
				sha("cifar-10-binary.tar.gz", 170052171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")),
		},
		{
			Name: "cifar100", Doc: "CIFAR-100, binary version",
			Value: idx("cifar100", tfds+"cifar100.txt", []string{cifarAt},
				sha("cifar-100-binary.tar.gz", 168513733, "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec")),
		},
		{
			Name: "convmixer-imagenet32", Doc: "weights of the paper's ConvMixer, trained on ImageNet32",
			Value: Source{Files: []SourceFile{weights}},
		},
		{
			Name: "cifar10-latents", Doc: "CIFAR-10 through the paper's ConvMixer, as the paper's authors published it",
			Value: Source{Parses: true, Files: []SourceFile{
				blob("cifar10-latents/all_data_train.pt", latentAt+"all_data_train.pt", "37a9cc9c4850ccc15984822bcb8d4657ea474a71"),
				blob("cifar10-latents/all_data_test.pt", latentAt+"all_data_test.pt", "4a6ef9e1724b3102edf4111517996a1067b80bbf"),
			}},
		},
		{
			Name: "cifar100-latents", Doc: "CIFAR-100 through the paper's ConvMixer",
			Value: Source{
				Parses: true,
				Files:  []SourceFile{{Path: "cifar100-latents/all_data_train.pt"}, {Path: "cifar100-latents/all_data_test.pt"}},
				Elsewhere: "nobody has published them: compute them with `trainer data get cifar100`, " +
					"`trainer data get convmixer-imagenet32` and, for train and for test, `trainer data embed` (see docs/data.md), " +
					"or give the folder or address of somebody's with --from",
			},
		},
	} {
		Sources.Register(e)
	}
}
