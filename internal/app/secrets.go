package app

import (
	"context"
	"fmt"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/secret"
	"github.com/davit-cd/davit/internal/store"
)

// secrets seals what comes in, and opens it only for processes.
type secrets struct {
	store  *store.Store
	sealer *secret.Sealer
}

// Values returns the named secrets of a service in an environment; one that is
// set for all environments stands in where the environment has none of its own.
func (s secrets) Values(ctx context.Context, service, environment string, names []string) (map[string]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	values := map[string]string{}
	places := []string{""}
	if environment != "" {
		places = append(places, environment)
	}
	for _, place := range places {
		kept, err := s.store.Secrets(ctx, service, place)
		if err != nil {
			return nil, fmt.Errorf("read secrets of %s: %w", service, err)
		}
		for _, k := range kept {
			value, err := s.sealer.Unseal(k.Service, k.Environment, k.Name, k.Sealed)
			if err != nil {
				return nil, err
			}
			values[k.Name] = string(value)
		}
	}
	wanted := map[string]string{}
	for _, n := range names {
		v, ok := values[n]
		if !ok {
			where := ""
			if environment != "" {
				where = " --env " + environment
			}
			return nil, &davit.Error{
				Kind: davit.Invalid, Text: fmt.Sprintf("secret %s of %s is not set", n, service),
				Hint: fmt.Sprintf("davit secret set %s %s%s", service, n, where),
			}
		}
		wanted[n] = v
	}
	return wanted, nil
}

// ListSecrets lists names, never values.
func (s secrets) ListSecrets(ctx context.Context, service, environment string) ([]api.Secret, error) {
	kept, err := s.store.ListSecrets(ctx, service, environment)
	if err != nil {
		return nil, err
	}
	list := []api.Secret{}
	for _, k := range kept {
		list = append(list, api.Secret{Service: k.Service, Environment: k.Environment, Name: k.Name, Updated: k.Updated})
	}
	return list, nil
}

// SetSecret seals and keeps a value.
func (s secrets) SetSecret(ctx context.Context, actor string, sec api.Secret, value []byte) error {
	if err := secret.CheckName(sec.Name); err != nil {
		return err
	}
	if err := secret.CheckValue(sec.Name, value); err != nil {
		return err
	}
	sealed, err := s.sealer.Seal(sec.Service, sec.Environment, sec.Name, value)
	if err != nil {
		return err
	}
	_, err = s.store.PutSecret(ctx, store.Secret{Service: sec.Service, Environment: sec.Environment, Name: sec.Name, Sealed: sealed},
		secretEvent("secret.set", actor, sec, "set"))
	return err
}

// RemoveSecret forgets a value.
func (s secrets) RemoveSecret(ctx context.Context, actor string, sec api.Secret) error {
	_, err := s.store.DeleteSecret(ctx, sec.Service, sec.Environment, sec.Name, secretEvent("secret.removed", actor, sec, "removed"))
	return err
}

func secretEvent(kind, actor string, sec api.Secret, did string) davit.Change {
	where := "all environments"
	if sec.Environment != "" {
		where = sec.Environment
	}
	return davit.Change{Events: []davit.Event{{
		Kind: kind, Actor: actor, Service: sec.Service, Environment: sec.Environment,
		Text: fmt.Sprintf("%s %s secret %s of %s for %s", actor, did, sec.Name, sec.Service, where), Data: map[string]string{"name": sec.Name},
	}}}
}
