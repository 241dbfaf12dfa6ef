package golden

import "fmt"

// complete returns an error for the first thing that the case must have, or must have in a certain
// shape, for its steps to be replayed.
func (c *Case) complete() error {
	if c.Kind != "training" {
		return nil
	}
	if c.PerEpoch == 0 && c.Epochs > 0 {
		c.PerEpoch = c.Steps / c.Epochs
	}
	switch {
	case c.Steps < 1 || c.Batch < 1 || c.Epochs*c.PerEpoch != c.Steps:
		return fmt.Errorf("%d steps with batches of %d, in %d epochs of %d steps: steps must be epochs times steps_per_epoch, all positive", c.Steps, c.Batch, c.Epochs, c.PerEpoch)
	case len(c.Loss) != c.Steps:
		return fmt.Errorf("loss has %d values, for %d steps", len(c.Loss), c.Steps)
	}
	rows := map[string]int{"batch_index": c.Steps, "noise": c.Steps, "noise_metric": c.Steps, "reinforce_eps": c.Steps}
	if c.tensors.Has("val_batch_index") {
		batches, err := c.tensors.Get("val_batch_index")
		if err != nil {
			return err
		}
		if batches.Len()%c.Batch != 0 || len(batches.Shape) == 2 && batches.Shape[1] != c.Batch {
			return fmt.Errorf("val_batch_index is %v: validation batches must have %d rows, like those of training", batches, c.Batch)
		}
		n := batches.Len() / c.Batch
		rows["val_noise"], rows["val_noise_metric"] = n*c.Epochs, n*c.Epochs
	}
	for name, n := range rows {
		if !c.tensors.Has(name) {
			continue
		}
		t, err := c.tensors.Get(name)
		if err != nil {
			return err
		}
		if t.Rows() != n || t.RowLen()%c.Batch != 0 {
			return fmt.Errorf("%s is %v: it must have %d rows, of batches of %d", name, t, n, c.Batch)
		}
	}
	return nil
}
