package rest

import "reflect"

// fillLists makes empty lists of the nil slices in a reply, because the document promises lists and not null. The reply is
// a fresh value of the handler, so that nobody else sees the change; []byte keeps its own meaning.
func fillLists(v reflect.Value) {
	kind := v.Kind()
	if kind == reflect.Pointer && !v.IsNil() {
		fillLists(v.Elem())
	}
	if kind == reflect.Struct {
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() {
				fillLists(field)
			}
		}
	}
	if kind == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8 {
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		if mayHoldLists(v.Type().Elem().Kind()) {
			for i := range v.Len() {
				fillLists(v.Index(i))
			}
		}
	}
}

// mayHoldLists spares the walk over long lists of plain values.
func mayHoldLists(k reflect.Kind) bool {
	return k == reflect.Struct || k == reflect.Pointer || k == reflect.Slice
}
