//! Two hosts with a network between them: namespaces of the kernel, made for one test and gone with it.

use std::process::{Command, Stdio};

/// Addresses of the two hosts, in a network that nothing but they are in.
const ADDRESSES: [&str; 2] = ["10.123.77.1", "10.123.77.2"];

/// A host of its own: a network namespace by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    pub namespace: String,
    pub address: &'static str,
    device: String,
}

impl Host {
    /// Cuts the host's cable, or plugs it in again.
    pub fn plug(&self, plugged: bool) {
        let state = if plugged { "up" } else { "down" };
        ip(&["-n", &self.namespace, "link", "set", &self.device, state])
            .expect("the cable is the test's own");
    }

    /// Loses, delays and slows what the host sends; `Err` where the kernel cannot.
    pub fn spoil(&self, how: &[&str]) -> Result<(), String> {
        let device =
            ["netns", "exec", &self.namespace, "tc", "qdisc", "replace", "dev", &self.device, "root"];
        ip(&[&device[..], &["netem"], how].concat())
    }
}

/// Two hosts, each with a cable to the other.
#[derive(Debug)]
pub struct Network {
    pub hosts: [Host; 2],
}

impl Network {
    /// `Err` with the reason where this machine does not let a test make any.
    pub fn make() -> Result<Self, String> {
        let id = std::process::id();
        let host = |n: usize| Host {
            namespace: format!("linli-tests-{id}-{n}"),
            address: ADDRESSES[n],
            device: format!("lt{id}{n}"),
        };
        // Whatever was made goes with it, also when the next step fails.
        let network = Self { hosts: [host(0), host(1)] };
        let [one, two] = &network.hosts;
        for host in &network.hosts {
            ip(&["netns", "add", &host.namespace])?;
        }
        ip(&[
            "link",
            "add",
            &one.device,
            "netns",
            &one.namespace,
            "type",
            "veth",
            "peer",
            "name",
            &two.device,
            "netns",
            &two.namespace,
        ])?;
        for host in &network.hosts {
            let on = |arguments: &[&str]| ip(&[&["-n", &host.namespace], arguments].concat());
            on(&["addr", "add", &format!("{}/30", host.address), "dev", &host.device])?;
            on(&["link", "set", "lo", "up"])?;
            on(&["link", "set", &host.device, "up"])?;
        }
        Ok(network)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for host in &self.hosts {
            let _ = ip(&["netns", "del", &host.namespace]);
        }
    }
}

fn ip(arguments: &[&str]) -> Result<(), String> {
    let line = || format!("ip {}", arguments.join(" "));
    let ran = Command::new("ip").args(arguments).stdin(Stdio::null()).output();
    let ran = ran.map_err(|error| format!("{}: {error}", line()))?;
    if ran.status.success() {
        Ok(())
    } else {
        Err(format!("{}: {}", line(), String::from_utf8_lossy(&ran.stderr).trim()))
    }
}
