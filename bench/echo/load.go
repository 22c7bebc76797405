// The load on an echo server: so many open connections, each with one message under way, all the time. In Go, over
// epoll itself, because a generator that costs as much as the servers would measure itself.
//
//	load <port> <connections> <seconds>   prints requests per second, and how many there were in all
package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

const size = 64

func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func argument(index int) int {
	value, err := strconv.Atoi(os.Args[index])
	check("argument", err)
	return value
}

func dial(port int) int {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	check("socket", err)
	check("nodelay", syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1))
	// Closing resets: no port stays in use after the run.
	check("linger", syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1}))
	check("connect", syscall.Connect(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}))
	check("nonblock", syscall.SetNonblock(fd, true))
	return fd
}

func main() {
	port, connections, seconds := argument(1), argument(2), argument(3)
	poll, err := syscall.EpollCreate1(0)
	check("epoll", err)
	missing := map[int32]int{}
	message := make([]byte, size)
	message[size-1] = '\n'
	var fds []int
	for len(fds) < connections {
		fd := dial(port)
		fds = append(fds, fd)
		event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
		check("add", syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, fd, &event))
		missing[int32(fd)] = size
		if len(fds)%100 == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	for _, fd := range fds {
		_, err := syscall.Write(fd, message)
		check("write", err)
	}
	events := make([]syscall.EpollEvent, 1024)
	buffer := make([]byte, 1<<16)
	requests, all := 0, 0
	var began, end time.Time
	warm := time.Now().Add(time.Second)
	for {
		ready, err := syscall.EpollWait(poll, events, 1000)
		if err == syscall.EINTR {
			continue
		}
		check("wait", err)
		for _, event := range events[:ready] {
			count, err := syscall.Read(int(event.Fd), buffer)
			check("read", err)
			if count == 0 {
				check("read", fmt.Errorf("the server closed a connection"))
			}
			missing[event.Fd] -= count
			if missing[event.Fd] > 0 {
				continue
			}
			missing[event.Fd] = size
			requests++
			all++
			_, err = syscall.Write(int(event.Fd), message)
			check("write", err)
		}
		now := time.Now()
		if began.IsZero() {
			if now.After(warm) {
				requests, began, end = 0, now, now.Add(time.Duration(seconds)*time.Second)
			}
		} else if now.After(end) {
			rate := float64(requests) / now.Sub(began).Seconds()
			fmt.Printf("{\"rate\":%f,\"requests\":%d}\n", rate, all)
			return
		}
	}
}
