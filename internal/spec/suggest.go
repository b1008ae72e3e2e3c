package spec

import "strings"

// nearest returns the candidate that s was probably meant to be, empty if
// none is near.
func nearest(s string, candidates []string) string {
	best, least := "", 1+min(2, len(s)/3+1)
	if len(s) > 60 {
		return ""
	}
	for _, c := range candidates {
		if d := distance(strings.ToLower(s), c); d < least {
			best, least = c, d
		}
	}
	if best != "" {
		return best
	}
	for _, c := range candidates { // "environment", "time_out", "startWithin"
		if a, b := squeeze(s), squeeze(c); a == b || a+"s" == b || a == b+"s" {
			return c
		}
	}
	return ""
}

func squeeze(s string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(s))
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour to make b of a (Damerau 1964, restricted).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}

// synonyms are words of other tools for keys that are called otherwise here.
func synonym(key string) string {
	return map[string]string{
		"name": "service", "app": "service", "script": "run", "steps": "run", "commands": "run", "command": "run", "cmd": "run",
		"start": "run", "depends_on": "needs", "dependsOn": "needs", "depends": "needs", "jobs": "stages", "pipeline": "stages",
		"tasks": "stages", "envs": "environments", "envFrom": "secrets", "replicas": "instances", "count": "instances", "scale": "instances",
		"domains": "hosts", "domain": "hosts", "host": "hosts", "url": "hosts", "healthcheck": "health", "health_check": "health",
		"readinessProbe": "ready", "livenessProbe": "live", "readiness": "ready", "liveness": "live", "variables": "env", "environment": "env",
		"artifacts": "outputs", "artifact": "package", "paths": "outputs", "retries": "retry", "deploy": "environments", "rollout": "strategy",
		"working_dir": "path", "dir": "path", "directory": "path", "resources": "memory", "mem": "memory", "cpus": "cpu", "branches": "branch",
		"analysis": "judge", "image": "package", "dockerfile": "package", "type": "strategy", "weights": "steps", "pause": "hold", "wait": "hold", "duration": "hold",
	}[key]
}
