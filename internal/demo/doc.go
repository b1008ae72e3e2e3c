// Package demo is `davit demo`: a real server and router in a data folder of
// their own, a sample service built from source by the pipeline, steady load,
// and six pushes, four of them bad. Nothing in it is simulated but the users.
package demo
