#!/bin/bash
# Jobs of an experiment, one for each task of the array; written by trainer run --launcher slurm.
#SBATCH --job-name=n2s-quickstart-x
#SBATCH --array=0
#SBATCH --chdir=/home/me
#SBATCH --output=/runs/quickstart/.slurm/x/logs/%a.log
#SBATCH --open-mode=append
#SBATCH --export=NIL
#SBATCH --requeue
#SBATCH --signal=B:USR1@120
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --gres=shard:2

export HOME=/home/me
export PATH=/usr/bin:/bin

case $SLURM_ARRAY_TASK_ID in
0) set -- /bin/trainer run --resume /runs/quickstart/000-a --json --threads 1 ;;
*) echo "array task $SLURM_ARRAY_TASK_ID has no job" >&2; exit 2 ;;
esac

child= news= again=
trap 'news=1 again=1; kill -TERM $child 2>/dev/null' USR1  # the time limit is near
trap 'news=1; kill -TERM $child 2>/dev/null' TERM          # cancelled, or taken off the node
"$@" &
child=$!
if [ -n "$news" ]; then kill -TERM $child; fi
while news=; wait $child; code=$?; [ -n "$news" ]; do :; done

task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
if [ -n "$again" ] && [ $code = 130 ]; then
    if [ "${SLURM_RESTART_COUNT:-0}" -ge 100 ]; then
        echo "$task: not queued again: launch.slurm.max_requeues is reached" >&2
    else
        echo "$task: the time limit is near; a checkpoint is saved, and the job queues again" >&2
        trap - USR1 TERM
        scontrol requeue "$task" && sleep 60 # SLURM ends this script
    fi
fi
exit $code
