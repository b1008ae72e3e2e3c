// Package dockerd gives a test a Docker daemon: the one there is, or else one
// that it starts for the test, with a data folder of its own and no network,
// which ends with the test. Where there is none and none can be started (it needs
// root, and Debian's package docker.io) the test is skipped and says so.
package dockerd
