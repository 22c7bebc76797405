package main

import (
	"os"
	"strconv"
	"sync"
	"time"
)

type job struct{ group *sync.WaitGroup }

func (j *job) nap() { outer() }
func outer()        { inner() }
func inner()        { time.Sleep(time.Second) }

func (j *job) work() {
	for round := 0; round < 3; round++ {
		j.nap()
	}
	j.group.Done()
}

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	var group sync.WaitGroup
	group.Add(count)
	for index := 0; index < count; index++ {
		go (&job{&group}).work()
	}
	group.Wait()
}
