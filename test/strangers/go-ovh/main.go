// OVHcloud's own Go client, unchanged, making the calls that OVHcloud's Terraform provider makes for an instance and a
// volume: ordered by region, followed as operations, deleted by the plain calls.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ovh/go-ovh/ovh"
)

type operation struct {
	ID            string  `json:"id"`
	Status        string  `json:"status"`
	ResourceID    *string `json:"resourceId"`
	SubOperations []struct {
		Action     string  `json:"action"`
		ResourceID *string `json:"resourceId"`
	} `json:"subOperations"`
}

type thing struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Status     string            `json:"status"`
	OsType     string            `json:"osType"`
	AttachedTo []json.RawMessage `json:"attachedTo"`
}

var client *ovh.Client

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The resource that an operation has made, once it is completed.
func made(project string, order operation) string {
	for range 400 {
		must(client.Get(project+"/operation/"+order.ID, &order))
		if order.Status == "in-error" {
			must(errors.New("the operation is in error"))
		}
		if order.Status == "completed" {
			if order.ResourceID != nil {
				return *order.ResourceID
			}
			return *order.SubOperations[0].ResourceID
		}
		time.Sleep(20 * time.Millisecond)
	}
	must(errors.New("the operation takes too long"))
	return ""
}

func until(path, status string) {
	for range 400 {
		var seen thing
		must(client.Get(path, &seen))
		if seen.Status == status {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	must(fmt.Errorf("%s is not %s", path, status))
}

func untilGone(path string) {
	for range 400 {
		var apiError *ovh.APIError
		if err := client.Get(path, nil); errors.As(err, &apiError) && apiError.Code == 404 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	must(fmt.Errorf("%s is still there", path))
}

func find(path, name string) string {
	var all []thing
	must(client.Get(path, &all))
	for _, each := range all {
		if each.Name == name && each.OsType != "windows" {
			return each.ID
		}
	}
	must(fmt.Errorf("no %s in %s", name, path))
	return ""
}

func main() {
	var given struct {
		Endpoint, ApplicationKey, ApplicationSecret, ConsumerKey, ProjectID string
	}
	must(json.Unmarshal([]byte(os.Args[1]), &given))
	var err error
	client, err = ovh.NewClient(given.Endpoint, given.ApplicationKey, given.ApplicationSecret, given.ConsumerKey)
	must(err)
	project := "/cloud/project/" + given.ProjectID
	region := project + "/region/GRA11"
	flavor := find(project+"/flavor?region=GRA11", "b3-8")
	image := find(project+"/image?region=GRA11&osType=linux", "Debian 12")

	var order operation
	must(client.Post(region+"/instance", map[string]any{
		"name":          "web-é<&>",
		"billingPeriod": "hourly",
		"bootFrom":      map[string]any{"imageId": image},
		"flavor":        map[string]any{"id": flavor},
		"network":       map[string]any{"public": true},
		"sshKeyCreate": map[string]any{
			"name":      "me",
			"publicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ1enpmdXp6ZnV6emZ1enpmdXp6ZnV6emZ1enpmdXp6 a@b",
		},
	}, &order))
	instance := made(project, order)
	until(region+"/instance/"+instance, "ACTIVE")
	must(client.Post(region+"/volume", map[string]any{"name": "data", "size": 10, "type": "classic"}, &order))
	volume := made(project, order)
	until(project+"/volume/"+volume, "available")
	must(client.Post(project+"/volume/"+volume+"/attach", map[string]any{"instanceId": instance}, nil))
	until(project+"/volume/"+volume, "in-use")
	var named thing
	must(client.Get(region+"/instance/"+instance, &named))
	var apiError *ovh.APIError
	busy := client.Delete(project+"/volume/"+volume, nil)
	isRefused := errors.As(busy, &apiError)

	must(client.Post(project+"/volume/"+volume+"/detach", map[string]any{"instanceId": instance}, nil))
	until(project+"/volume/"+volume, "available")
	must(client.Delete(project+"/volume/"+volume, nil))
	must(client.Delete(project+"/instance/"+instance, nil))
	untilGone(project + "/volume/" + volume)
	untilGone(project + "/instance/" + instance)
	must(client.Delete(project+"/sshkey/"+find(project+"/sshkey", "me"), nil))
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"name":    named.Name,
		"busy":    isRefused && apiError.Code == 400 && apiError.QueryID != "",
		"classed": isRefused && apiError.Class == "Client::BadRequest",
	}))
}
