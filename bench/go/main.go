// The Go twins of the workloads in ../micro. It reads a case from its arguments and prints one line of JSON, as the Node child does.
//
//	bench CASE SPEC
//	bench serve NAME     a server of ../net
//	bench load ORDER     what loads it
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

var bodies = map[string]body{
	"ping-pong":       pingPong,
	"ping-pong-await": pingPong,
	"buffered":        producerConsumer(128, 1),
	"unbuffered":      producerConsumer(0, 1),
	"fan-in":          producerConsumer(0, 100),
	"select-2":        select2,
	"select-8":        select8,
	"spawn":           spawn,
	"burst":           burst,
	"gosched-2":       gosched(2),
	"gosched-1000":    gosched(1000),
	"sieve":           sieve,
	"chain":           chain,
	"among-1e3":       pingPong,
	"among-1e5":       pingPong,
	"among-1e6":       pingPong,
	"mutex-free":      mutexFree,
	"mutex-contended": mutexContended,
	"sleepers-1e5":    sleepers,
	"sleepers-1e6":    sleepers,
	"semaphore":       semaphore,
	"errgroup":        errgroup,
	"limiter-allow":   limiterAllow,
	"limiter-wait":    limiterWait,
	"limiter-burst":   limiterBurst,

	"parallel-spawn":            spawn,
	"parallel-chan-int-128":     chanInt(128),
	"parallel-chan-int-1024":    chanInt(1024),
	"parallel-chan-object-128":  chanObject(128),
	"parallel-chan-object-1024": chanObject(1024),
	"parallel-ping-pong":        pingPong,
	"parallel-ping-pong-1":      pingPongBuffered,
	"parallel-mutex":            mutexAcross,
}

// Those of which only a part is timed: the function they return.
var prepared = map[string]func(n int) func() int32{
	"cancel-1e5": cancel,
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: bench CASE SPEC")
		os.Exit(64)
	}
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2])
		return
	case "load":
		load(os.Args[2])
		return
	}
	var spec spec
	if err := json.Unmarshal([]byte(os.Args[2]), &spec); err != nil {
		panic(err)
	}
	var values map[string]float64
	switch spec.Kind {
	case "memory":
		values = memory(spec)
	case "timer":
		values = timer(spec)
	case "latency":
		values = latency(spec)
	case "procs":
		values = procs(os.Args[1], spec)
	default:
		values = timed(os.Args[1], spec)
	}
	out, err := json.Marshal(map[string]any{"values": values})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(out))
}

// spec is what the harness asks for; expected results are computed here again, by n.
type spec struct {
	Kind     string
	Fixed    int     // the size of the whole workload, or 0: one operation is measured
	Small    int     // a size for the checks
	Repeat   int     // how often a whole workload is timed
	Step     int     // n is a multiple of it
	Parked   int     // goroutines parked beside it
	Settings []int   // two numbers of processors
	TargetMs float64 // how long a timed run of single operations should take
	Expect   string  // which sum the result must be
}

func (s spec) expected(n int) int32 {
	switch s.Expect {
	case "n":
		return int32(n)
	case "n+1":
		return int32(n + 1)
	case "below":
		return triangle(n - 1)
	case "batches":
		return triangle(alive-1) * int32(batches(n))
	case "primes":
		var total int32
		for i := 2; i <= n; i++ {
			d := 2
			for i%d != 0 {
				d++
			}
			if d == i {
				total += int32(i)
			}
		}
		return total
	}
	return triangle(n)
}

func triangle(n int) int32 { return int32(n * (n + 1) / 2) }

func ms(start time.Time) float64 { return float64(time.Since(start).Nanoseconds()) / 1e6 }

func timed(name string, s spec) map[string]float64 {
	run, prepare := bodies[name], prepared[name]
	if run == nil && prepare == nil {
		panic("no such case")
	}
	var release func() int32
	if s.Parked > 0 {
		release = park(s.Parked)
		runtime.GC() // the question is the switch, not the collector's work on what has just been made
	}
	attempt := func(n int) float64 {
		want := s.expected(n)
		part := func() int32 { return run(n, 0) }
		if prepare != nil {
			part = prepare(n)
		}
		start := time.Now()
		got := part()
		took := ms(start)
		check(got, want)
		return took
	}
	attempt(s.Small)
	var value float64
	if s.Fixed > 0 {
		attempt(s.Fixed)
		all := []float64{}
		for i := 0; i < s.Repeat; i++ {
			all = append(all, attempt(s.Fixed))
		}
		sort.Float64s(all)
		value = all[len(all)/2]
	} else {
		n := s.Small
		for took := attempt(n); took < s.TargetMs/4; took = attempt(n) {
			n *= 2
		}
		took := attempt(n)
		n = max(s.Step, int(float64(n)*s.TargetMs/took)/s.Step*s.Step)
		value = attempt(n) / float64(n) * 1e6
	}
	if release != nil {
		check(release(), int32(s.Parked))
	}
	return map[string]float64{"time": value}
}

func resident() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.Atoi(strings.Fields(string(text))[1])
	return float64(pages * os.Getpagesize())
}

func memory(s spec) map[string]float64 {
	check(park(s.Small)(), int32(s.Small))
	heap, rss := weigh()
	release := park(s.Fixed)
	heap2, rss2 := weigh()
	check(release(), int32(s.Fixed))
	n := float64(s.Fixed)
	return map[string]float64{"heap": (heap2 - heap) / n, "rss": (rss2 - rss) / n}
}

func rounds(until time.Time) float64 {
	ping, pong := make(chan int32), make(chan int32)
	go func() {
		for v := range ping {
			pong <- v
		}
	}()
	start := time.Now()
	count := 0
	for time.Now().Before(until) {
		for i := int32(0); i < 1024; i++ {
			ping <- i
			<-pong
		}
		count += 1024
	}
	close(ping)
	return float64(time.Since(start).Nanoseconds()) / float64(count)
}

func timer(s spec) map[string]float64 {
	span := func(ms float64) time.Time { return time.Now().Add(time.Duration(ms * 1e6)) }
	rounds(span(s.TargetMs))
	alone := rounds(span(s.TargetMs * 2))
	stop := make(chan struct{})
	result := make(chan []float64)
	go func() {
		var delays []float64
		for {
			start := time.Now()
			select {
			case <-time.After(time.Millisecond):
				delays = append(delays, ms(start))
			case <-stop:
				result <- delays
				return
			}
		}
	}()
	beside := rounds(span(s.TargetMs * 4))
	close(stop)
	delays := <-result
	values := map[string]float64{"fired": float64(len(delays)), "round": beside, "kept": alone / beside * 100}
	if len(delays) > 0 {
		slices.Sort(delays)
		values["p50"] = delays[len(delays)/2]
		values["p99"] = delays[len(delays)*99/100]
		values["max"] = delays[len(delays)-1]
	}
	return values
}
