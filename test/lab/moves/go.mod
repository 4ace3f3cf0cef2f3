module cnb-dockerfile/test/lab/moves

go 1.26
