module cnb-dockerfile/test/lab/layer-writer

go 1.26
