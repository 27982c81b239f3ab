package store_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// theServer is started once and stopped when all tests are done.
var theServer lazyServer

type lazyServer struct {
	once sync.Once
	s    *server
	err  error
}

func (l *lazyServer) get() (*server, error) {
	l.once.Do(func() { l.s, l.err = startServer(context.Background()) })
	return l.s, l.err
}

func TestMain(m *testing.M) {
	code := m.Run()
	if s := theServer.s; s != nil {
		if err := s.stop(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
