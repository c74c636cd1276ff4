"""Apache libcloud's OVH driver, unchanged, through everything that it offers and that OVH still has."""

import json
import sys
import time

import libcloud.common.ovh
import libcloud.security
from libcloud.compute.drivers.ovh import OvhNodeDriver
from libcloud.compute.types import NodeState, StorageVolumeState

given = json.loads(sys.argv[1])
libcloud.common.ovh.API_HOST = given["host"]
libcloud.security.CA_CERTS_PATH = given["certificatePath"]
driver = OvhNodeDriver(given["applicationKey"], given["applicationSecret"], given["projectId"], given["consumerKey"])


def until(what, look):
    for _ in range(400):
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise SystemExit(f"waited too long for {what}")


# Its list of locations knows no region of today, so the location is made by hand, as its users do.
location = libcloud.compute.base.NodeLocation(id="GRA11", name="Gravelines", country="FR", driver=driver)
# The name is there twice, for Windows and for Linux, and libcloud does not say which is which.
*_, size = [each for each in driver.list_sizes(location) if each.name == "b3-8"]
image = next(each for each in driver.list_images(location) if each.name == "Debian 12")
key = driver.import_key_pair_from_string(
    "me", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ1enpmdXp6ZnV6emZ1enpmdXp6ZnV6emZ1enpmdXp6 a@b", location
)
node = driver.create_node("web-1", image, size, location, ex_keyname="me")
[(running, addresses)] = driver.wait_until_running([node], wait_period=0.05, timeout=20)
volume = driver.create_volume(10, "data", location)
until("a volume", lambda: driver.ex_get_volume(volume.id).state == StorageVolumeState.AVAILABLE)
driver.attach_volume(node, volume)
until("an attachment", lambda: driver.ex_get_volume(volume.id).state == StorageVolumeState.INUSE)
snapshot = driver.create_volume_snapshot(driver.ex_get_volume(volume.id), name="then")
until("a snapshot", lambda: driver.ex_get_volume_snapshot(snapshot.id).state == "available")
listed = [each.name for each in driver.list_volume_snapshots(driver.ex_get_volume(volume.id))]
filtered = [each.name for each in driver.list_nodes(location)]
volumes = [each.name for each in driver.list_volumes(location)]

driver.detach_volume(driver.ex_get_volume(volume.id), driver.ex_get_node(node.id))
until("a detachment", lambda: driver.ex_get_volume(volume.id).state == StorageVolumeState.AVAILABLE)
driver.destroy_volume_snapshot(snapshot)
until("no snapshot", lambda: not driver.ex_list_snapshots())
driver.destroy_volume(volume)
driver.delete_key_pair(driver.get_key_pair("me"))
driver.destroy_node(node)
until("no volume", lambda: not driver.list_volumes())


def gone():
    try:
        driver.ex_get_node(node.id)
    except KeyError:  # Its table has no DELETING.
        return False
    except Exception as error:
        return "does not exist" in str(error)


until("no node", gone)
print(
    json.dumps(
        {
            "running": running.state == NodeState.RUNNING,
            "addresses": len(addresses),
            "listed": listed,
            "filtered": filtered,
            "volumes": volumes,
        }
    )
)
