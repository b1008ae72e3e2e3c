package process

func crashingServer(string, string, string) {}
