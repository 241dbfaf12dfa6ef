package slurm

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/launch/request"
)

var update = flag.Bool("update", false, "write testdata anew")

func text(s string) *string { return &s }

// plain is an array that asks for nothing special.
func plain() *array {
	return &array{
		name: "n2s-quickstart-x", folder: "/runs/quickstart/.slurm/x", dir: "/home/me", program: "/bin/trainer",
		env: []string{"HOME=/home/me", "PATH=/usr/bin:/bin"}, request: request.Config{CPUs: 1, Slurm: request.Slurm{SignalSeconds: 120, MaxRequeues: 100}},
		tasks: []task{{0, "000-a", "/runs/quickstart/000-a", []string{"run", "--resume", "/runs/quickstart/000-a", "--json"}}},
	}
}

// full asks for everything, under names that the shell or SLURM would take apart.
func full() *array {
	a := plain()
	a.folder, a.dir, a.program = "/data/it's 100%/.slurm/x", `/home/me and "you"`, "/opt/a b/trainer"
	a.env = append(a.env, "NOTE=it's $HOME; `rm`\nsecond line")
	a.request = request.Config{
		CPUs: 1.5, GPUs: 2, Memory: text("4G"),
		Slurm: request.Slurm{
			Partition: "gpu", Account: "lab", Time: "1-00:00:00", SignalSeconds: 300, MaxRequeues: 7,
			Extra: []string{"--constraint=a100", "--exclude=n[1-3]"}, Setup: []string{"module load cuda", "ulimit -c 0"},
		},
	}
	a.parallel, a.after = 8, "41"
	a.tasks = nil
	for _, i := range []int{0, 1, 2, 5, 900} {
		a.tasks = append(a.tasks, task{i, "j", "/d", []string{"run", "--resume", "/data/it's 100%/a,b=1", "--threads", "3"}})
	}
	return a
}

func shards() *array {
	a := plain()
	a.request.GPUs, a.request.Slurm.Shards = 1, 2
	return a
}

// The scripts are those in testdata; go test -update writes them anew, to be read before committing.
func TestScript(t *testing.T) {
	for name, a := range map[string]*array{"plain": plain(), "full": full(), "shards": shards()} {
		path := filepath.Join("testdata", name+".sh")
		if *update {
			if err := os.WriteFile(path, []byte(a.script()), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.script(); got != string(want) {
			t.Errorf("%s has changed; it is now\n%s", path, got)
		}
	}
}

func TestSpec(t *testing.T) {
	for _, c := range []struct {
		in   []int
		want string
	}{
		{[]int{0}, "0"}, {[]int{0, 1}, "0-1"}, {[]int{3, 5, 6, 7, 9}, "3,5-7,9"}, {[]int{0, 2, 4}, "0,2,4"},
	} {
		if got := spec(c.in); got != c.want {
			t.Errorf("%v: %q, want %q", c.in, got, c.want)
		}
	}
}

// task runs a script as SLURM would, with a program of its own and a scontrol that notes what it is
// asked; signals are sent to bash alone, or to its group.
func runTask(t *testing.T, program, env string, during func(pid int, started func())) (code int, said, requeued string) {
	t.Helper()
	dir := t.TempDir()
	put := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o777); err != nil {
			t.Fatal(err)
		}
		return path
	}
	put("scontrol", "#!/bin/bash\necho \"$@\" > "+dir+"/requeued; kill -TERM $PPID\n") // SLURM ends the script
	a := plain()
	a.program = put("program", "#!/bin/bash\n"+program)
	a.env = []string{"PATH=" + dir + ":/usr/bin:/bin", "STARTED=" + filepath.Join(dir, "started")}
	a.request.Slurm.MaxRequeues = 2
	c := exec.Command("bash", put("array.sh", strings.Replace(a.script(), "sleep 60", "sleep 2 >/dev/null 2>&1", 1)))
	c.Env = append(strings.Fields(env), "SLURM_ARRAY_TASK_ID=0", "SLURM_ARRAY_JOB_ID=7")
	var out strings.Builder
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if during != nil {
		during(c.Process.Pid, func() {
			for range 500 {
				if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
					return
				}
				sleep()
			}
			t.Fatal("the program did not start")
		})
	}
	c.Wait()
	b, _ := os.ReadFile(filepath.Join(dir, "requeued"))
	return c.ProcessState.ExitCode(), out.String(), strings.TrimSpace(string(b))
}
