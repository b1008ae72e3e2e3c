package process

// watch calls gone once the process is dead. cancel ends the watch.
func watch(id identity, gone func()) (cancel func()) { return poll(id, gone) }
