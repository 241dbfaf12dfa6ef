// Package track keeps what a run leaves behind: its folder, the only truth about it.
//
//	config.yaml           the configuration the run began with; never changed
//	config.<attempt>.yaml the configuration from that attempt on, where a resume changed it
//	attempts.jsonl        one line each time the run is started or resumed: where it begins
//	metrics.jsonl         one line per (epoch, step): {"epoch","step","time","attempt","train/loss":...}
//	log.jsonl             the log
//	status.json           what the run does now
//	summary.json          what came out
//	checkpoints/<step>/   model.safetensors, optimizer.safetensors, state.json
//	neurons/<epoch>.safetensors  vectors with one value per neuron
//	figures/              drawings
//	crash.<attempt>.log   what the process said that died in that attempt
//	.lock, .owner         held by the one process that writes here
//
// The rules: one writer at a time; .jsonl files only grow; every other file and every checkpoint
// is whole or absent under its name, at any moment the process or the machine may die. Functions
// that take a folder only read, need no lock and work while the run goes on; methods of Run write.
package track
