package track

import (
	"os"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/term"
)

const logName = "log.jsonl"

// LogCore writes what is logged, from level on, into the run's log.jsonl, one JSON object a line.
func (r *Run) LogCore(level zapcore.LevelEnabler) zapcore.Core {
	return zapcore.NewCore(zapcore.NewJSONEncoder(encoderConfig()), r.log, level)
}

// ConsoleCore writes what is logged, from level on, to f (os.Stderr): for people where f is a
// terminal, as JSON elsewhere.
func ConsoleCore(f *os.File, level zapcore.LevelEnabler) zapcore.Core {
	enc := zapcore.NewJSONEncoder(encoderConfig())
	if term.IsTerminal(int(f.Fd())) {
		c := encoderConfig()
		c.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05")
		c.EncodeLevel = zapcore.CapitalLevelEncoder
		if os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
			c.EncodeLevel = zapcore.CapitalColorLevelEncoder
		}
		c.ConsoleSeparator = " "
		enc = zapcore.NewConsoleEncoder(c)
	}
	return zapcore.NewCore(enc, zapcore.Lock(f), level)
}

// Logger logs to all cores: zap.New(zapcore.NewTee(...)).
func Logger(cores ...zapcore.Core) *zap.Logger { return zap.New(zapcore.NewTee(cores...)) }

func encoderConfig() zapcore.EncoderConfig {
	return zapcore.EncoderConfig{
		TimeKey: "time", LevelKey: "level", NameKey: "logger", MessageKey: "msg",
		StacktraceKey: "stack", LineEnding: zapcore.DefaultLineEnding,
		EncodeLevel: zapcore.LowercaseLevelEncoder, EncodeDuration: zapcore.SecondsDurationEncoder,
		EncodeTime: func(t time.Time, e zapcore.PrimitiveArrayEncoder) {
			e.AppendString(t.UTC().Format(timeFormat))
		},
	}
}
