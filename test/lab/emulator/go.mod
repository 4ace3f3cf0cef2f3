module cnb-dockerfile/test/lab/emulator

go 1.26
