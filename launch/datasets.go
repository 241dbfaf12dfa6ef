package launch

import (
	"encoding/json"
	"sync"

	"noise2sparse/data"
	"noise2sparse/train"
)

// dataset is a loaded dataset with the hash of its contents.
type dataset struct {
	*data.Dataset
	sha256 string
}

// datasets loads each dataset once and keeps it while a task still needs it. It is safe for concurrent
// use.
type datasets struct {
	dir    string
	mu     sync.Mutex
	needs  map[string]int // tasks to come, by key
	loaded map[string]*dataset
}

func newDatasets(dir string, tasks []*Task) *datasets {
	d := &datasets{dir: dir, needs: map[string]int{}, loaded: map[string]*dataset{}}
	for _, t := range tasks {
		if t.Action != Skip {
			d.needs[d.key(t.Config)]++
		}
	}
	return d
}

// options are those of a run's dataset. The seed counts for generated data alone.
func (d *datasets) options(c train.Config) data.Options {
	o := data.Options{Dir: d.dir, Name: c.Dataset, Params: c.Data, Limit: c.DatasetSize, Scaling: c.Scaling}
	if k, err := data.Datasets.Get(c.Dataset); err == nil && k.Value.Generated {
		o.Seed = c.Seed
	}
	return o
}

// key is equal for runs that have their data in common.
func (d *datasets) key(c train.Config) string {
	b, err := json.Marshal(d.options(c))
	if err != nil { // cannot happen: numbers and strings, all finite since they have passed Check
		panic(err)
	}
	return string(b)
}

// get loads the dataset of a run, or has it.
func (d *datasets) get(c train.Config) (*dataset, error) {
	k := d.key(c)
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.loaded[k]; s != nil {
		return s, nil
	}
	s, err := data.Load(d.options(c))
	if err != nil {
		return nil, err
	}
	d.loaded[k] = &dataset{s, s.SHA256()}
	return d.loaded[k], nil
}

// done says that a task no longer needs its data.
func (d *datasets) done(c train.Config) {
	k := d.key(c)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.needs[k]--; d.needs[k] <= 0 {
		delete(d.loaded, k)
	}
}

// use says that a task of nobody knows how many begins. Data that no task in progress uses make room
// for its own.
func (d *datasets) use(c train.Config) {
	mine := d.key(c)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.needs[mine]++
	for k := range d.loaded {
		if d.needs[k] == 0 {
			delete(d.loaded, k)
		}
	}
}

// leave says that such a task has ended. Its data stay for the next one.
func (d *datasets) leave(c train.Config) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.needs[d.key(c)]--
}
