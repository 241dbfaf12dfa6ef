package model

// SetTile sets how many rows of a batch an attention network treats at once.
func SetTile(n Network, rows int) { n.(*attention).tile = rows }
