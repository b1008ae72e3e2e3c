package exposure

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/record"
)

// text is a value to compare others with.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

func (b *Book) segmentChange(who Who, s authoring.Segment, replaces int64) (davit.Record, davit.Event, error) {
	rec, err := record.With(davit.Record{Kind: KindSegment, ID: idOf(s.Project, s.Name), Service: s.Project, Version: replaces}, s)
	return rec, davit.Event{
		At: b.now(), Kind: "segment.changed", Actor: who.Actor, Service: s.Project,
		Text: fmt.Sprintf("%s changed the segment %s%s", who.Actor, s.Name, because(who.Reason)),
		Data: map[string]string{"segment": s.Name, "after": davit.DigestOf([]byte(text(s))).Short()},
	}, err
}

func (b *Book) groupChange(who Who, g authoring.Group, replaces int64) (davit.Record, davit.Event, error) {
	rec, err := record.With(davit.Record{Kind: KindGroup, ID: idOf(g.Project, g.Name), Service: g.Project, Version: replaces}, g)
	return rec, davit.Event{
		At: b.now(), Kind: "group.changed", Actor: who.Actor, Service: g.Project,
		Text: fmt.Sprintf("%s changed the group %s%s", who.Actor, g.Name, because(who.Reason)),
		Data: map[string]string{"group": g.Name, "after": davit.DigestOf([]byte(text(g))).Short()},
	}, err
}

// PutSegment makes or changes a segment. What asks for it is compiled anew.
func (b *Book) PutSegment(ctx context.Context, who Who, s authoring.Segment) error {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	next := b.project(s.Project).copied()
	old, there := next.segments[s.Name]
	if there && text(old.body) == text(s) {
		return nil
	}
	if err := b.mayTouch(next, s.Name); err != nil {
		return err
	}
	rec, event, err := b.segmentChange(who, s, old.version)
	if err != nil {
		return err
	}
	next.segments[s.Name] = entry[authoring.Segment]{s, old.version + 1}
	_, err = b.keepAll(ctx, next, nil, davit.Change{Records: []davit.Record{rec}, Events: []davit.Event{event}})
	return err
}

// mayTouch refuses to change, behind the back of the second person, what a flag
// marked for approval asks for.
func (b *Book) mayTouch(p *project, segment string) error {
	flags, segments, _ := p.all()
	asking := map[string]bool{segment: true}
	for again := true; again; { // also over other segments
		again = false
		for name := range asking {
			for _, u := range authoring.Users(name, nil, segments) {
				if other := strings.TrimPrefix(u, "segment "); !asking[other] {
					asking[other], again = true, true
				}
			}
		}
	}
	for name := range asking {
		for _, u := range authoring.Users(name, flags, nil) {
			k := p.flags[strings.TrimPrefix(u, "flag ")]
			if k.Flag.NeedsApproval(k.Flag.Environments.Names()...) {
				return &davit.Error{
					Kind: davit.Denied, Text: fmt.Sprintf("change segment %s: the flag %s asks for it, and its changes need a second person", segment, k.Flag.Key),
					Hint: "make another segment and propose that the flag ask for that one",
				}
			}
		}
	}
	return nil
}

// RemoveSegment forgets a segment that nothing asks for.
func (b *Book) RemoveSegment(ctx context.Context, who Who, project, name string) error {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	next := b.project(project).copied()
	old, there := next.segments[name]
	if !there {
		return &davit.Error{Kind: davit.NotFound, Text: "there is no segment " + quoted(name) + " in the project " + project, Hint: "davit flags segments lists those there are"}
	}
	flags, segments, _ := next.all()
	if users := authoring.Users(name, flags, segments); len(users) > 0 {
		return &davit.Error{Kind: davit.Conflict, Text: "remove segment " + name + ": " + strings.Join(users, ", ") + " asks for it", Hint: "take it out there first"}
	}
	delete(next.segments, name)
	_, err := b.keepAll(ctx, next, nil, davit.Change{
		Deleted: []davit.Record{{Kind: KindSegment, ID: idOf(project, name), Version: old.version}},
		Events: []davit.Event{{
			At: b.now(), Kind: "segment.removed", Actor: who.Actor, Service: project,
			Text: fmt.Sprintf("%s removed the segment %s%s", who.Actor, name, because(who.Reason)), Data: map[string]string{"segment": name},
		}},
	})
	return err
}
