package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// newApp is the command table.
func newApp(e *env) *cli.App {
	return &cli.App{
		Name:  "trainer",
		Usage: "train networks under noise, and count how sparse they become",
		Description: "Start with: trainer run --exp quickstart\n" +
			"Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted (a run: with a checkpoint).",
		Commands: []*cli.Command{
			runCommand(e),
			expCommand(e),
			dataCommand(e),
			listCommand(e),
			evalCommand(e),
			importCommand(e),
			exportCommand(e),
			statusCommand(e),
			benchCommand(e),
			doctorCommand(e),
			verifyCommand(e),
			versionCommand(e),
			workerCommand(e),
		},
		Version:                   version,
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true, // --set model.hidden=[100,50] is one value
		Writer:                    e,
		ErrWriter:                 e.stderr,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              onUsageError,
		Action:                    cli.ShowAppHelp,
	}
}

// onUsageError turns the flag package's errors into ours; unknown flags have been found before.
func onUsageError(_ *cli.Context, err error, _ bool) error {
	return usagef("%s", strings.ReplaceAll(err.Error(), "for flag -", "for flag --"))
}

// jsonFlag is common to most commands.
func (e *env) jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print one JSON object on stdout, as the last line", Destination: &e.json}
}

func dataDirFlag() cli.Flag {
	return &cli.StringFlag{Name: "data-dir", Usage: "folder of the datasets `DIR`; default: $NOISE2SPARSE_DATA, else the user's cache folder"}
}

func gpuFlag() cli.Flag {
	return &cli.StringFlag{Name: "gpu", Usage: "compute on GPUs: `N[,N...]|all`"}
}

func cpuFlag() cli.Flag {
	return &cli.BoolFlag{Name: "cpu", Usage: "compute on the processor"}
}

func threadsFlag() cli.Flag {
	return &cli.IntFlag{Name: "threads", Usage: "use `N` cores, all jobs together; 0: all"}
}

func setFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "set", Usage: "override a field, `a.b=VALUE` (may be repeated)"}
}

// command fills in what all commands have in common.
func command(c *cli.Command) *cli.Command {
	c.OnUsageError = onUsageError
	c.HideHelpCommand = true
	return c
}
