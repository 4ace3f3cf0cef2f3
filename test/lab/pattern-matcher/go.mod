module cnb-dockerfile/test/lab/pattern-matcher

go 1.26.8

require github.com/sabhiram/go-gitignore v0.0.0-20210923224102-525f6e181f06
