// Package ray runs jobs on a Ray cluster, through the Jobs API of its dashboard (HTTP and JSON).
//
// A job's submission id follows from its run folder and the number of the attempt alone, so a job is
// found again whatever becomes of the launcher: an id that the cluster knows already means that the
// job has been submitted, and it is taken over. Its log is copied to
// <out>/<experiment>/.ray/<submission id>.log while it runs.
package ray
