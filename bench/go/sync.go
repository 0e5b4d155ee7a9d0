package main

// The workloads of ../micro/mutex.mjs and semaphore.mjs. golang.org/x/sync is no part of the standard library and nothing is fetched: its
// semaphore and errgroup stand here as far as the cases use them, the same in behaviour, and without a context to wait for beside.

import (
	"container/list"
	"runtime"
	"sync"
	"sync/atomic"
)

func mutexFree(n, _ int) int32 {
	var mu sync.Mutex
	var count int32
	for i := 0; i < n; i++ {
		mu.Lock()
		count++
		mu.Unlock()
	}
	return count
}

const wanting = 10

func mutexContended(n, _ int) int32 {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var count int32
	for g := 0; g < wanting; g++ {
		wg.Go(func() {
			for i := 0; i < n/wanting; i++ {
				mu.Lock()
				before := count // if two were in here at a time, one of them would be lost
				runtime.Gosched()
				count = before + 1
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return count
}

const (
	limit = 16
	turns = 3
)

// floor counts who is at work: more than the limit at once is a failure.
type floor struct {
	working, most, total atomic.Int32
}

func (f *floor) task(i int) {
	working := f.working.Add(1)
	for most := f.most.Load(); working > most && !f.most.CompareAndSwap(most, working); most = f.most.Load() {
	}
	for turn := 0; turn < turns; turn++ {
		runtime.Gosched()
	}
	f.working.Add(-1)
	f.total.Add(int32(i))
}

func (f *floor) result() int32 {
	// Not "exactly the limit", as in ../micro: it is Go's scheduler that decides how many overlap.
	if most := f.most.Load(); most < 2 || most > limit {
		panic("wrong number of tasks at once")
	}
	return f.total.Load()
}

// places is a semaphore: first come, first served, and who waits does so on a channel of its own.
type places struct {
	mu      sync.Mutex
	free    int
	waiting list.List
}

func (p *places) acquire() {
	p.mu.Lock()
	if p.free > 0 && p.waiting.Len() == 0 {
		p.free--
		p.mu.Unlock()
		return
	}
	ready := make(chan struct{})
	p.waiting.PushBack(ready)
	p.mu.Unlock()
	<-ready
}

func (p *places) release() {
	p.mu.Lock()
	if front := p.waiting.Front(); front != nil {
		p.waiting.Remove(front)
		close(front.Value.(chan struct{}))
	} else {
		p.free++
	}
	p.mu.Unlock()
}

func semaphore(n, _ int) int32 {
	sem := places{free: limit}
	var wg sync.WaitGroup
	var f floor
	for i := 0; i < n; i++ {
		wg.Go(func() {
			sem.acquire()
			defer sem.release()
			f.task(i)
		})
	}
	wg.Wait()
	return f.result()
}

// team is a group with a limit: run waits for a place, wait gives the first error.
type team struct {
	wg     sync.WaitGroup
	places chan struct{}
	once   sync.Once
	err    error
}

func (t *team) run(f func() error) {
	t.places <- struct{}{}
	t.wg.Add(1)
	go func() {
		defer func() {
			<-t.places
			t.wg.Done()
		}()
		if err := f(); err != nil {
			t.once.Do(func() { t.err = err })
		}
	}()
}

func (t *team) wait() error {
	t.wg.Wait()
	return t.err
}

func errgroup(n, _ int) int32 {
	t := team{places: make(chan struct{}, limit)}
	var f floor
	for i := 0; i < n; i++ {
		t.run(func() error {
			f.task(i)
			return nil
		})
	}
	if err := t.wait(); err != nil {
		panic(err)
	}
	return f.result()
}
