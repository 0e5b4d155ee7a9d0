package main

// The load generator of ../net, in a process of its own and the same for every server: connections that send a message and wait for its
// echo, or that send one and then are silent until they are told to go on.

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// order is what the harness asks for.
type order struct {
	Kind        string
	Port        int
	Pid         int // the server's process
	Connections int
	Size        int     // bytes in a message
	WarmMs      float64 // before the time that is measured
	Ms          float64 // the time that is measured
	Most        int     // messages: it ends then, though the time is not over
}

func load(text string) {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	work := pingPongs
	if o.Kind == "idle" {
		work = idle
	}
	values, err := work(o)
	if err != nil {
		say(map[string]any{"failed": err.Error()})
		return
	}
	say(map[string]any{"values": values})
}

// peer is one connection; its messages are all different, so that an echo shows that it is the right one.
type peer struct {
	conn         net.Conn
	message, got []byte
	count        uint32
}

func connect(o order, id int) (*peer, error) {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", o.Port))
	if err != nil {
		return nil, err
	}
	p := &peer{conn: conn, message: make([]byte, o.Size), got: make([]byte, o.Size)}
	binary.LittleEndian.PutUint32(p.message, uint32(id))
	return p, nil
}

func (p *peer) exchange() error {
	p.count++
	binary.LittleEndian.PutUint32(p.message[4:], p.count)
	if _, err := p.conn.Write(p.message); err != nil {
		return err
	}
	if _, err := io.ReadFull(p.conn, p.got); err != nil {
		return err
	}
	if !bytes.Equal(p.message, p.got) {
		return fmt.Errorf("wrong echo: %x, expected %x", p.got, p.message)
	}
	return nil
}

// connectAll connects, with one exchange on each.
func connectAll(o order) ([]*peer, error) {
	peers := make([]*peer, 0, o.Connections)
	for i := 0; i < o.Connections; i++ {
		p, err := connect(o, i)
		if err != nil {
			return peers, err
		}
		peers = append(peers, p)
		p.conn.SetDeadline(time.Now().Add(time.Minute))
		if err := p.exchange(); err != nil {
			return peers, err
		}
	}
	return peers, nil
}

const (
	warming = iota
	timing
	ended
)

func pingPongs(o order) (map[string]float64, error) {
	peers, err := connectAll(o)
	if err != nil {
		return nil, err
	}
	var phase, total atomic.Int32
	var wg sync.WaitGroup
	samples := make([][]int32, len(peers))
	errs := make([]error, len(peers))
	over := make(chan struct{})
	for i, p := range peers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer p.conn.Close()
			took := make([]int32, 0, 1024)
			for now := phase.Load(); now != ended; now = phase.Load() {
				start := time.Now()
				if errs[i] = p.exchange(); errs[i] != nil {
					break
				}
				if now == timing {
					took = append(took, int32(time.Since(start)/time.Nanosecond))
					if int(total.Add(1)) == o.Most {
						close(over)
					}
				}
			}
			samples[i] = took
		}()
	}
	time.Sleep(time.Duration(o.WarmMs * 1e6))
	cpu := spent(o.Pid)
	start := time.Now()
	phase.Store(timing)
	select {
	case <-time.After(time.Duration(o.Ms * 1e6)):
	case <-over:
	}
	phase.Store(ended)
	window := time.Since(start).Seconds()
	cpu = spent(o.Pid) - cpu
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	all := slices.Concat(samples...)
	if len(all) == 0 {
		return nil, fmt.Errorf("no message came back in time")
	}
	slices.Sort(all)
	n := float64(len(all))
	values := map[string]float64{
		"rate": n / window,
		"p50":  float64(all[len(all)/2]) / 1e3,
		"p99":  float64(all[len(all)*99/100]) / 1e3,
	}
	if cpu > 0 {
		values["cpu"] = cpu / n * 1e6
	}
	return values, nil
}

// spent gives the seconds of processor time that a process has used; 0 where the system does not tell so.
func spent(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return float64(user+system) / 100
}

func idle(o order) (map[string]float64, error) {
	peers, err := connectAll(o)
	if err != nil {
		return nil, err
	}
	say(map[string]any{"connected": len(peers)})
	bufio.NewScanner(os.Stdin).Scan()
	for _, p := range peers {
		if err := p.exchange(); err != nil {
			return nil, err
		}
		p.conn.Close()
	}
	return map[string]float64{}, nil
}
