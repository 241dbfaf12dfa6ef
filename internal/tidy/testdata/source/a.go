package a

var (
	x = "/tmp/out"
	y = "rates in km/work or a/root"
	z = "https://example.org/home/"
	w = `cat </dev/null >/home/me/file`
	v = "--out=/root"
)
