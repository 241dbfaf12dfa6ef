// Package slurm runs jobs as arrays of a SLURM cluster, through its own commands sbatch, squeue,
// scancel and scontrol; accounting (sacct) is not needed.
//
// Each submission has a folder <out>/<experiment>/.slurm/<time>-<random>/ with the script array.sh,
// the jobs behind its array indices (jobs.json) and logs/<index>.log. It is there before sbatch is
// called, and the array's name in SLURM is unique and made from the folder's: so an array is found
// again by its name whatever becomes of the launcher, even where that died before it read sbatch's
// answer, and no job is submitted twice.
//
// A task saves a checkpoint when its time limit is near and queues again by itself (the script's
// trap), and after a drained or lost node (--requeue). It runs its own run folder's command and needs
// no launcher.
package slurm
