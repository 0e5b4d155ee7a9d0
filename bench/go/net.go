package main

// The servers of ../net: each says its port in a line of JSON, answers a line on standard input with what it weighs, and ends with its input.

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
)

var servers = map[string]func(l net.Listener){
	"echo": func(l net.Listener) { accept(l, 4096) },
	// The connection is weighed, not the buffer.
	"idle": func(l net.Listener) { accept(l, 16) },
	"http": func(l net.Listener) {
		panic(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, "hello, world\n")
		})))
	},
}

func accept(l net.Listener, size int) {
	for {
		conn, err := l.Accept()
		if err != nil {
			panic(err)
		}
		go echo(conn, size)
	}
}

func echo(conn net.Conn, size int) {
	defer conn.Close()
	buf := make([]byte, size)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if _, err := conn.Write(buf[:n]); err != nil {
			return
		}
	}
}

func serve(name string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	say(map[string]any{"port": l.Addr().(*net.TCPAddr).Port})
	go servers[name](l)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		heap, rss := weigh()
		say(map[string]any{"heap": heap, "rss": rss})
	}
}

func say(what map[string]any) {
	out, err := json.Marshal(what)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(out))
}

func weigh() (float64, float64) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse + m.StackInuse), resident()
}
