"""OVHcloud's own Python client, unchanged, through the life of an instance and a volume."""

import json
import sys
import time

import ovh

given = json.loads(sys.argv[1])
ovh.client.ENDPOINTS["simulator"] = given["endpoint"]
client = ovh.Client(
    endpoint="simulator",
    application_key=given["applicationKey"],
    application_secret=given["applicationSecret"],
    consumer_key=given["consumerKey"],
)
project = f"/cloud/project/{given['projectId']}"


def until(path, *wanted):
    for _ in range(400):
        status = client.get(path)["status"]
        if status in wanted:
            return
        time.sleep(0.02)
    raise SystemExit(f"{path} is still {status}")


def until_gone(path):
    for _ in range(400):
        try:
            client.get(path)
        except ovh.exceptions.ResourceNotFoundError:
            return
        time.sleep(0.02)
    raise SystemExit(f"{path} is still there")


def refusal(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except ovh.exceptions.APIError as error:
        return [type(error).__name__, bool(error.query_id)]
    return ["nothing", False]


flavor = next(f for f in client.get(f"{project}/flavor", region="GRA11") if f["name"] == "b3-8" and f["osType"] == "linux")
image = next(i for i in client.get(f"{project}/image", region="GRA11", osType="linux") if i["name"] == "Debian 12" and i["status"] == "active")
key = client.post(f"{project}/sshkey", name="me", publicKey="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ1enpmdXp6ZnV6emZ1enpmdXp6ZnV6emZ1enpmdXp6 a@b")
instance = client.post(
    f"{project}/instance", name="web-é", region="GRA11", flavorId=flavor["id"], imageId=image["id"], sshKeyId=key["id"], volumeId=None
)
at = f"{project}/instance/{instance['id']}"
until(at, "ACTIVE")
volume = client.post(f"{project}/volume", name="data", region="GRA11", size=10, type="classic", description=None)
disk = f"{project}/volume/{volume['id']}"
until(disk, "available")
client.post(f"{disk}/attach", instanceId=instance["id"])
until(disk, "in-use")
attached = client.get(disk)["attachedTo"]
busy = refusal(client.delete, disk)
snapshot = client.post(f"{disk}/snapshot", name="then")
until(f"{project}/volume/snapshot/{snapshot['id']}", "available")
client.post(f"{at}/reboot", type="hard")
until(at, "ACTIVE")
client.put(at, instanceName="web-2")
name = client.get(at)["name"]

client.post(f"{disk}/detach", instanceId=instance["id"])
until(disk, "available")
client.delete(f"{project}/volume/snapshot/{snapshot['id']}")
until_gone(f"{project}/volume/snapshot/{snapshot['id']}")
client.delete(disk)
client.delete(at)
client.delete(f"{project}/sshkey/{key['id']}")
until_gone(disk)
until_gone(at)

found = {
    "projects": client.get("/cloud/project"),
    "attached": attached == [instance["id"]],
    "name": name,
    "busy": busy,
    "unknown": refusal(client.get, f"{project}/instance", mooring="x"),
    "nobody": refusal(client.get, "/cloud/project/nobody/instance"),
}

# From now on the client has the new key, which nobody has agreed to.
request = client.new_consumer_key_request()
request.add_recursive_rules(ovh.API_READ_ONLY, "/cloud")
found["asked"] = request.request()["state"]
found["pending"] = refusal(client.get, "/cloud/project")
print(json.dumps(found))
