package authoring

import "net/netip"

// isNetwork reports whether s is an IP network in CIDR notation, or one address.
func isNetwork(s string) bool {
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}
