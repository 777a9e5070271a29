package archtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// importViolations are the imports that a rule refuses, each with the way it came in and the reason.
func importViolations(p *project) []string {
	var found []string
	for _, folder := range slices.Sorted(maps.Keys(p.packages)) {
		for _, r := range rules {
			if !matchesAny(r.packages, folder) || matchesAny(r.except, folder) {
				continue
			}
			for _, way := range p.ways(folder, r.through) {
				if imported := way[len(way)-1]; matchesAny(r.mayNot, imported) {
					found = append(found, fmt.Sprintf("%s: %s", strings.Join(way, " imports "), r.why))
				}
			}
		}
	}
	return found
}

// ways lists what a package imports, each with the shortest chain that leads there; only direct imports unless through.
func (p *project) ways(folder string, through bool) [][]string {
	var ways [][]string
	seen := map[string]bool{folder: true}
	waiting := [][]string{{folder}}
	for len(waiting) > 0 {
		way := waiting[0]
		waiting = waiting[1:]
		from := p.packages[way[len(way)-1]]
		if from == nil {
			continue // not of this project
		}
		for _, imported := range slices.Sorted(maps.Keys(from.imports)) {
			if seen[imported] {
				continue
			}
			seen[imported] = true
			next := append(slices.Clone(way), imported)
			ways = append(ways, next)
			if through {
				waiting = append(waiting, next)
			}
		}
	}
	return ways
}

// featureViolations are the imports between features that the table features does not draw.
func featureViolations(p *project) []string {
	var found []string
	for _, folder := range slices.Sorted(maps.Keys(p.packages)) {
		feature, inside := featureOf(folder)
		if feature == "" {
			continue
		}
		if _, known := features[feature]; !known {
			found = append(found, fmt.Sprintf("%s: the table of features has no %s", folder, feature))
			continue
		}
		if strings.HasPrefix(inside+"/", "lambda/") {
			continue // mains wire whatever their feature needs
		}
		mayKnow := reach(feature)
		for _, imported := range slices.Sorted(maps.Keys(p.packages[folder].imports)) {
			other, within := featureOf(imported)
			switch {
			case other == "" || other == feature:
			case !mayKnow[other]:
				found = append(found, fmt.Sprintf("%s imports %s: %s may not know %s; declare the interface that it needs and let mains wire it",
					folder, imported, feature, other))
			case within != "":
				found = append(found, fmt.Sprintf("%s imports %s: only the root package of another feature is open to others", folder, imported))
			}
		}
	}
	return found
}

// featureOf splits functions/billing/rating into billing and rating.
func featureOf(folder string) (feature, inside string) {
	rest, ok := strings.CutPrefix(folder, "functions/")
	if !ok {
		return "", ""
	}
	feature, inside, _ = strings.Cut(rest, "/")
	return feature, inside
}

// reach is everything that a feature may know, along any number of arrows.
func reach(feature string) map[string]bool {
	reached := map[string]bool{}
	var follow func(string)
	follow = func(from string) {
		for _, to := range features[from] {
			if !reached[to] {
				reached[to] = true
				follow(to)
			}
		}
	}
	follow(feature)
	return reached
}
