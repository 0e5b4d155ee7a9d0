package main

// The workloads, one function each; n is the number of operations. They mirror ../micro, file by file.

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func pingPong(n, _ int) int32 {
	ping, pong := make(chan int32), make(chan int32)
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

func producerConsumer(capacity, producers int) body {
	return func(n, _ int) int32 {
		ch := make(chan int32, capacity)
		share := float64(n) / float64(producers)
		for p := 0; p < producers; p++ {
			go func(from, to int) {
				for i := from; i <= to; i++ {
					ch <- int32(i)
				}
			}(int(float64(p)*share)+1, int(float64(p+1)*share))
		}
		var total int32
		for i := 0; i < n; i++ {
			total += <-ch
		}
		return total
	}
}

func produceInTurn(channels []chan int32, n int) {
	for i := 1; i <= n; i++ {
		channels[i%len(channels)] <- int32(i)
	}
}

func channels(n int) []chan int32 {
	all := make([]chan int32, n)
	for i := range all {
		all[i] = make(chan int32)
	}
	return all
}

func select2(n, _ int) int32 {
	c := channels(2)
	go produceInTurn(c, n)
	var total int32
	for i := 0; i < n; i++ {
		select {
		case v := <-c[0]:
			total += v
		case v := <-c[1]:
			total += v
		}
	}
	return total
}

func select8(n, _ int) int32 {
	c := channels(8)
	go produceInTurn(c, n)
	var total int32
	for i := 0; i < n; i++ {
		select {
		case v := <-c[0]:
			total += v
		case v := <-c[1]:
			total += v
		case v := <-c[2]:
			total += v
		case v := <-c[3]:
			total += v
		case v := <-c[4]:
			total += v
		case v := <-c[5]:
			total += v
		case v := <-c[6]:
			total += v
		case v := <-c[7]:
			total += v
		}
	}
	return total
}

const alive = 1000

func batches(n int) int { return max(1, (n+alive/2)/alive) }

func spawn(n, _ int) int32 {
	results := make([]int32, alive)
	var total int32
	for batch := batches(n); batch > 0; batch-- {
		var wg sync.WaitGroup
		wg.Add(alive)
		for i := 0; i < alive; i++ {
			go func(i int) {
				results[i] = int32(i)
				wg.Done()
			}(i)
		}
		wg.Wait()
		for _, v := range results {
			total += v
		}
	}
	return total
}

func burst(n, _ int) int32 {
	var total atomic.Int32
	var wg sync.WaitGroup
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			total.Add(int32(i))
			wg.Done()
		}(i)
	}
	wg.Wait()
	return total.Load()
}

func gosched(goroutines int) body {
	return func(n, _ int) int32 {
		var total atomic.Int32
		var wg sync.WaitGroup
		wg.Add(goroutines)
		for g := 0; g < goroutines; g++ {
			go func(n int) {
				for i := 0; i < n; i++ {
					runtime.Gosched()
				}
				total.Add(int32(n))
				wg.Done()
			}(n / goroutines)
		}
		wg.Wait()
		return total.Load()
	}
}

func filter(in <-chan int32, out chan<- int32, prime int32) {
	for v := range in {
		if v%prime != 0 {
			out <- v
		}
	}
	close(out)
}

func sieve(limit, _ int) int32 {
	ch := make(chan int32)
	go func(out chan<- int32) {
		for i := int32(2); i <= int32(limit); i++ {
			out <- i
		}
		close(out)
	}(ch)
	var total int32
	for {
		prime, ok := <-ch
		if !ok {
			return total
		}
		total += prime
		next := make(chan int32)
		go filter(ch, next, prime)
		ch = next
	}
}

func chain(n, _ int) int32 {
	leftmost := make(chan int32)
	left := leftmost
	for i := 0; i < n; i++ {
		right := make(chan int32)
		go func(left chan<- int32, right <-chan int32) { left <- <-right + 1 }(left, right)
		left = right
	}
	go func(rightmost chan<- int32) { rightmost <- 1 }(left)
	return <-leftmost
}

const group = 1000

// park parks n goroutines, 1,000 on a channel, and returns how to release them.
func park(n int) func() int32 {
	all := channels((n + group - 1) / group)
	var total atomic.Int32
	var wg sync.WaitGroup
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func(ch <-chan int32) {
			total.Add(<-ch)
			wg.Done()
		}(all[i%len(all)])
	}
	// Go does not tell who waits; a goroutine that has not reached its receive yet weighs the same.
	for i := 0; i < 1000; i++ {
		runtime.Gosched()
	}
	time.Sleep(200 * time.Millisecond)
	return func() int32 {
		for i := 0; i < n; i++ {
			all[i%len(all)] <- 1
		}
		wg.Wait()
		return total.Load()
	}
}

type body = func(n, arg int) int32

func check(got, want int32) {
	if got != want {
		panic(fmt.Sprintf("wrong result: %d, expected %d", got, want))
	}
}
