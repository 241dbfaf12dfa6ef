package train

import "noise2sparse/data"

// CheckData returns an error where c, which has passed Check, does not fit the data: no samples,
// a batch larger than the dataset, a classification without labels. NewEngine checks the same;
// this is for whoever wants to know before a run folder is made.
func CheckData(c Config, d *data.Dataset) error { return checkData(c, d, false) }

// Versions are what decides, beside the configuration and the data, on the bits of a run: checkpoints
// hold them, and track.VersionChanges compares them.
func (j Job) Versions() map[string]string { return versions(j) }
