package accounts

import (
	"net"
	"net/url"
	"strings"
)

// Address is a device's repository as restic names it. Without a password it is what may be shown, and holds no login either:
// restic would then ask neither its environment nor anybody for the password. Servers on the reader's own machine are reached
// without TLS.
func Address(host, login, password string) string {
	u := url.URL{Scheme: "https", Host: host, Path: "/" + login + "/"}
	if password != "" {
		u.User = url.UserPassword(login, password)
	}
	if onThisMachine(host) {
		u.Scheme = "http"
	}
	return "rest:" + u.String()
}

func onThisMachine(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
