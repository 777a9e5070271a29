// Package blobtest is the suite that everything which opens blobs passes: what both worlds agree on.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// Run proves what callers rely on. Open opens an empty bucket.
func Run(t *testing.T, open func(t *testing.T) *blob.Bucket) {
	const key = "ten_1/document/doc_1.pdf"

	put := func(t *testing.T, b *blob.Bucket, key, contents string) {
		t.Helper()
		if err := b.WriteAll(t.Context(), key, []byte(contents), &blob.WriterOptions{ContentType: "application/pdf"}); err != nil {
			t.Fatalf("write %s: %v", key, err)
		}
	}
	want := func(t *testing.T, b *blob.Bucket, key, contents string) {
		t.Helper()
		if got, err := b.ReadAll(t.Context(), key); err != nil || string(got) != contents {
			t.Errorf("%s reads %q, %v; want %q", key, got, err, contents)
		}
	}

	t.Run("what was written reads back, with its type and size", func(t *testing.T) {
		b := open(t)
		for key, contents := range map[string]string{key: "\x00\xff contents \r\n", "ten_1/document/empty": ""} {
			put(t, b, key, contents)
			want(t, b, key, contents)
			a, err := b.Attributes(t.Context(), key)
			if err != nil || a.ContentType != "application/pdf" || a.Size != int64(len(contents)) {
				t.Errorf("the attributes are %+v, %v", a, err)
			}
		}
	})

	t.Run("what is not there is not found", func(t *testing.T) {
		b := open(t)
		put(t, b, key, "contents")
		for _, absent := range []string{"ten_1/document/doc_2.pdf", "ten_1/document", "ten_1", "doc_1.pdf"} {
			if _, err := b.ReadAll(t.Context(), absent); gcerrors.Code(err) != gcerrors.NotFound {
				t.Errorf("reading %s: %v", absent, err)
			}
			if err := b.Delete(t.Context(), absent+"/x"); gcerrors.Code(err) != gcerrors.NotFound {
				t.Errorf("deleting below %s: %v", absent, err)
			}
		}
	})

	t.Run("what was written again reads as the last time", func(t *testing.T) {
		b := open(t)
		put(t, b, key, "the first, which is longer")
		put(t, b, key, "the second")
		want(t, b, key, "the second")
	})

	t.Run("what was deleted is gone", func(t *testing.T) {
		b := open(t)
		put(t, b, key, "contents")
		if err := b.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if there, err := b.Exists(t.Context(), key); err != nil || there {
			t.Errorf("it is there: %v, %v", there, err)
		}
	})

	t.Run("a list tells in order what begins alike, over many pages", func(t *testing.T) {
		b := open(t)
		var all []string
		for i := range 25 {
			all = append(all, fmt.Sprintf("ten_1/document/doc_%02d", i))
		}
		for _, key := range append([]string{"ten_1/invoice/inv_1", "ten_10/document/doc_1", "ten_2/document/doc_1"}, all...) {
			put(t, b, key, "contents")
		}
		got, pages := []string{}, 0
		for token := blob.FirstPageToken; token != nil; pages++ {
			page, next, err := b.ListPage(t.Context(), token, 10, &blob.ListOptions{Prefix: "ten_1/document/"})
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range page {
				got = append(got, o.Key)
			}
			token = next
		}
		if diff := cmp.Diff(all, got); diff != "" || pages < 3 {
			t.Errorf("after %d pages (-want +got):\n%s", pages, diff)
		}
	})

	t.Run("a part reads alone", func(t *testing.T) {
		b := open(t)
		put(t, b, key, "0123456789")
		for part, span := range map[string][2]int64{"3456": {3, 4}, "789": {7, -1}, "89": {8, 100}, "": {0, 0}} {
			r, err := b.NewRangeReader(t.Context(), key, span[0], span[1], nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || string(got) != part {
				t.Errorf("%v reads %q, %v; want %q", span, got, err, part)
			}
		}
	})

	t.Run("a large stream passes through", func(t *testing.T) {
		const size = 24<<20 + 17 // more than four parts of an upload
		b := open(t)
		w, err := b.NewWriter(t.Context(), key, nil)
		if err != nil {
			t.Fatal(err)
		}
		wrote := sha256.New()
		_, err = io.Copy(io.MultiWriter(w, wrote), io.LimitReader(rand.NewChaCha8([32]byte{1}), size))
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		r, err := b.NewReader(t.Context(), key, nil)
		if err != nil {
			t.Fatal(err)
		}
		read := sha256.New()
		n, err := io.Copy(read, r)
		if err := errors.Join(err, r.Close()); err != nil || n != size || !equal(wrote, read) {
			t.Errorf("%d bytes read, %v", n, err)
		}
	})

	t.Run("a write that was given up leaves nothing, and what was there stays", func(t *testing.T) {
		b := open(t)
		put(t, b, key, "before")
		for _, key := range []string{key, "ten_1/document/doc_2.pdf"} {
			ctx, giveUp := context.WithCancel(t.Context())
			w, err := b.NewWriter(ctx, key, &blob.WriterOptions{ContentType: "application/pdf"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(bytes.Repeat([]byte("half"), 1<<10)); err != nil {
				t.Fatal(err)
			}
			giveUp()
			if err := w.Close(); err == nil {
				t.Error("the write that was given up ended well")
			}
		}
		want(t, b, key, "before")
		if there, err := b.Exists(t.Context(), "ten_1/document/doc_2.pdf"); err != nil || there {
			t.Errorf("half of a blob is there: %v, %v", there, err)
		}
	})
}

func equal(a, b hash.Hash) bool { return bytes.Equal(a.Sum(nil), b.Sum(nil)) }
