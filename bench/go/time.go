package main

// The workloads of ../micro/sleepers.mjs, cancel.mjs and limiter.mjs. golang.org/x/time is no part of the standard library and nothing is
// fetched: its limiter stands here as far as the cases use it, the same in behaviour, and without a context to wait for beside.

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func sleepers(n, _ int) int32 {
	var total atomic.Int32
	var wg sync.WaitGroup
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			time.Sleep(time.Duration(1+i*61%100) * time.Millisecond)
			total.Add(int32(i))
			wg.Done()
		}(i)
	}
	wg.Wait()
	return total.Load()
}

// cancel parks the waiters and returns the part that is timed: from cancel until all have ended.
func cancel(n int) func() int32 {
	ctx, cancel := context.WithCancel(context.Background())
	var told atomic.Int32
	var started, ended sync.WaitGroup
	started.Add(n)
	ended.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			started.Done()
			<-ctx.Done()
			if ctx.Err() != nil {
				told.Add(1)
			}
			ended.Done()
		}()
	}
	started.Wait()
	// Go does not tell who waits: those that have started need a moment to get there.
	for i := 0; i < 1000; i++ {
		runtime.Gosched()
	}
	time.Sleep(20 * time.Millisecond)
	return func() int32 {
		cancel()
		ended.Wait()
		return told.Load()
	}
}

const (
	plenty     = 1e9
	crowdRate  = 1_000_000
	crowdBurst = 10_000
)

// bucket is a limiter: tokens come in at a steady rate up to the burst, and may be spent before they are there.
type bucket struct {
	mu                       sync.Mutex
	perSecond, burst, tokens float64
	last                     time.Time
}

func newBucket(perSecond, burst float64) *bucket {
	return &bucket{perSecond: perSecond, burst: burst, tokens: burst}
}

// take takes a token if it will be there within most, and says how long that takes.
func (b *bucket) take(most time.Duration) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	tokens := b.tokens
	if !b.last.IsZero() {
		tokens = min(b.burst, tokens+now.Sub(b.last).Seconds()*b.perSecond)
	}
	tokens--
	var delay time.Duration
	if tokens < 0 {
		delay = time.Duration(-tokens / b.perSecond * float64(time.Second))
	}
	if delay > most {
		return 0, false
	}
	b.last = now
	b.tokens = tokens
	return delay, true
}

func (b *bucket) allow() bool {
	_, ok := b.take(0)
	return ok
}

func (b *bucket) wait() {
	if delay, _ := b.take(1<<63 - 1); delay > 0 {
		time.Sleep(delay)
	}
}

func limiterAllow(n, _ int) int32 {
	b := newBucket(plenty, plenty)
	var count int32
	for i := 0; i < n; i++ {
		if b.allow() {
			count++
		}
	}
	return count
}

func limiterWait(n, _ int) int32 {
	b := newBucket(plenty, plenty)
	var count int32
	for i := 0; i < n; i++ {
		b.wait()
		count++
	}
	return count
}

func limiterBurst(n, _ int) int32 {
	b := newBucket(crowdRate, crowdBurst)
	var count atomic.Int32
	var first time.Time
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Go(func() {
			b.wait()
			if count.Add(1) == 1 {
				first = time.Now()
			}
		})
	}
	wg.Wait()
	least := float64(max(0, n-crowdBurst)) / crowdRate * 1000
	if took := ms(first); took < 0.9*least {
		panic(fmt.Sprintf("%d waits in %g ms, expected %g ms at least", n, took, least))
	}
	return count.Load()
}
