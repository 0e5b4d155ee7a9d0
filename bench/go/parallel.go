package main

// The workloads of ../micro/parallel-*.mjs. Go's goroutines run on all cores without being asked, so some are those of one core again.

import (
	"runtime"
	"slices"
	"sync"
	"time"
)

func chanInt(capacity int) body { return producerConsumer(capacity, 1) }

type message struct {
	id   int32
	name string
	ok   bool
}

var names = [...]string{"ada", "grace", "barbara", "margaret", "radia", "frances", "jean", "karen"}

func chanObject(capacity int) body {
	return func(n, _ int) int32 {
		ch := make(chan message, capacity)
		go func() {
			for i := int32(1); i <= int32(n); i++ {
				ch <- message{i, names[i&7], i&1 == 0}
			}
		}()
		var total int32
		for i := 0; i < n; i++ {
			m := <-ch
			if m.name == names[m.id&7] && m.ok == (m.id&1 == 0) {
				total += m.id
			}
		}
		return total
	}
}

func pingPongBuffered(n, _ int) int32 {
	ping, pong := make(chan int32, 1), make(chan int32, 1)
	go func() {
		for i := 0; i < n; i++ {
			pong <- <-ping + 1
		}
	}()
	var total int32
	for i := 0; i < n; i++ {
		ping <- int32(i)
		total += <-pong
	}
	return total
}

func mutexAcross(n, _ int) int32 {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var count int32
	for g := 0; g < 2; g++ {
		wg.Go(func() {
			for i := 0; i < n/2; i++ {
				mu.Lock()
				count++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return count
}

// oneByOne gives the sum of the results, and the time of each goroutine in µs.
func oneByOne(n int) (int32, []float64) {
	samples := make([]float64, n)
	result := make(chan int32)
	var total int32
	for i := range n {
		start := time.Now()
		go func() { result <- int32(i) }()
		total += <-result
		samples[i] = float64(time.Since(start).Nanoseconds()) / 1e3
	}
	return total, samples
}

func latency(s spec) map[string]float64 {
	attempt := func(n int) []float64 {
		total, samples := oneByOne(n)
		check(total, s.expected(n))
		slices.Sort(samples)
		return samples
	}
	attempt(s.Small)
	attempt(s.Fixed)
	samples := attempt(s.Fixed)
	return map[string]float64{"p50": samples[len(samples)/2], "p99": samples[len(samples)*99/100]}
}

const steps = 30_000

func crunch(units int) int32 {
	state := int32(units | 1)
	for i := units * steps; i > 0; i-- {
		state ^= state << 13
		state ^= int32(uint32(state) >> 17)
		state ^= state << 5
	}
	return state
}

const tasks = 64

func equal() []int {
	return slices.Repeat([]int{50}, tasks)
}

func unequal() []int {
	sizes := make([]int, tasks)
	for i := range sizes {
		sizes[i] = 1 + 2*((i*37)%tasks)
	}
	return sizes
}

func crunched(sizes []int) int32 {
	var total int32
	for _, units := range sizes {
		total += crunch(units)
	}
	return total
}

// all runs the tasks: the sum of their numbers.
func all(sizes []int) int32 {
	numbers := make([]int32, len(sizes))
	var wg sync.WaitGroup
	for i, units := range sizes {
		wg.Go(func() { numbers[i] = crunch(units) })
	}
	wg.Wait()
	var total int32
	for _, number := range numbers {
		total += number
	}
	return total
}

// Those that run with two numbers of processors.
var onProcs = map[string]struct {
	run  func(n int) int32
	want func(s spec) int32
}{
	"parallel-speed-up": {func(int) int32 { return all(equal()) }, func(spec) int32 { return crunched(equal()) }},
	"parallel-unequal":  {func(int) int32 { return all(unequal()) }, func(spec) int32 { return crunched(unequal()) }},
	"parallel-crowded":  {func(n int) int32 { return spawn(n, 0) }, func(s spec) int32 { return s.expected(s.Fixed) }},
}

func procs(name string, s spec) map[string]float64 {
	kase := onProcs[name]
	want := kase.want(s)
	attempt := func(setting int) float64 {
		runtime.GOMAXPROCS(setting)
		start := time.Now()
		total := kase.run(s.Fixed)
		took := ms(start)
		check(total, want)
		return took
	}
	few, many := s.Settings[0], s.Settings[1]
	for _, setting := range []int{many, few, many, few} {
		attempt(setting)
	}
	var slow, fast []float64
	for range s.Repeat {
		slow, fast = append(slow, attempt(few)), append(fast, attempt(many))
	}
	return map[string]float64{"time": middle(fast), "gain": middle(slow) / middle(fast)}
}

func middle(numbers []float64) float64 {
	slices.Sort(numbers)
	return numbers[len(numbers)/2]
}
