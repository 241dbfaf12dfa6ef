package computetest

import (
	"encoding/binary"
	"fmt"
	"math"

	"noise2sparse/compute"
)

// encode returns values as little-endian elements of type dt, rounded to it. Float16 and BFloat16
// are written by checks as bits, never encoded.
func encode(dt compute.DType, values []float64) []byte {
	out := make([]byte, 0, len(values)*dt.Size())
	for _, v := range values {
		switch dt {
		case compute.Float32:
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
		case compute.Float64:
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
		case compute.Uint8:
			out = append(out, byte(v))
		case compute.Int32:
			out = binary.LittleEndian.AppendUint32(out, uint32(int32(v)))
		case compute.Int64:
			out = binary.LittleEndian.AppendUint64(out, uint64(int64(v)))
		case compute.Uint64:
			out = binary.LittleEndian.AppendUint64(out, uint64(v))
		default:
			panic(fmt.Sprintf("computetest: cannot encode %v", dt))
		}
	}
	return out
}

// decode is the inverse of encode, for all types that tensors can have.
func decode(dt compute.DType, data []byte) []float64 {
	out := make([]float64, len(data)/dt.Size())
	for i := range out {
		p := data[i*dt.Size():]
		switch dt {
		case compute.Float16:
			out[i] = fromHalf(binary.LittleEndian.Uint16(p))
		case compute.BFloat16:
			out[i] = float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(p)) << 16))
		case compute.Float32:
			out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(p)))
		case compute.Float64:
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(p))
		case compute.Uint8:
			out[i] = float64(p[0])
		case compute.Int32:
			out[i] = float64(int32(binary.LittleEndian.Uint32(p)))
		case compute.Int64:
			out[i] = float64(int64(binary.LittleEndian.Uint64(p)))
		case compute.Uint64:
			out[i] = float64(binary.LittleEndian.Uint64(p))
		default:
			panic(fmt.Sprintf("computetest: cannot decode %v", dt))
		}
	}
	return out
}

// fromHalf is the value of an IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction.
func fromHalf(bits uint16) float64 {
	sign := 1 - 2*float64(bits>>15)
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	switch {
	case exponent == 31 && fraction != 0:
		return math.NaN()
	case exponent == 31:
		return math.Inf(int(sign))
	case exponent == 0:
		return sign * math.Ldexp(fraction, -24)
	default:
		return sign * math.Ldexp(1024+fraction, exponent-25)
	}
}
