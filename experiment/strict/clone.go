package strict

import "reflect"

// Clone is a copy of a struct that shares nothing with it: pointers, lists and maps are copied, at
// every depth.
func Clone[T any](v T) T {
	rv := reflect.ValueOf(&v).Elem()
	clone(rv)
	return v
}

// clone replaces what v refers to by copies.
func clone(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		fresh := reflect.New(v.Type().Elem())
		fresh.Elem().Set(v.Elem())
		clone(fresh.Elem())
		v.Set(fresh)
	case reflect.Struct:
		for i := range v.NumField() {
			clone(v.Field(i))
		}
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		for i := range fresh.Len() {
			clone(fresh.Index(i))
		}
		v.Set(fresh)
	case reflect.Array:
		for i := range v.Len() {
			clone(v.Index(i))
		}
	case reflect.Map:
		if v.IsNil() {
			return
		}
		fresh := reflect.MakeMapWithSize(v.Type(), v.Len())
		for _, k := range v.MapKeys() {
			elem := reflect.New(v.Type().Elem()).Elem()
			elem.Set(v.MapIndex(k))
			clone(elem)
			fresh.SetMapIndex(k, elem)
		}
		v.Set(fresh)
	}
}
