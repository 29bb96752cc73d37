//! Revocations, grants that end, erasures, and what forged entries there are.

use linli_log::{Kind, Revoke};
use linli_node::{JoinRequest, NodeError, Terms, accept_grant, erase, grant_device, plan_erasure, written};
use linli_store::StoreError;
use linli_wire::{Channel, DocId, Space, TimeMs};

use crate::{hostile, trouble::Violation, world::World};

/// A grant lasts at most so long.
const GRANT_DAYS: u64 = 40;
const DAY_MS: i64 = 24 * 3_600_000;

impl World {
    /// A device's street revokes it, with what the street holds or, where its key was in wrong hands, less.
    pub fn revoke(&mut self, device: usize) -> Result<(), Violation> {
        let Some(street) = self.machines[device].parent else { return Ok(()) };
        let Some(node) = self.machines[street].node.clone() else { return Ok(()) };
        let key = self.machines[device].device;
        let since_compromise = self.chance.one_in(3);
        let now = node.now();
        let notices = Space::new(self.machines[street].unit.clone(), Channel::Notices);
        let shorter = self.chance.below(4);
        let revoked = node.with(|r| {
            let mut cut = written(r, key)?;
            if since_compromise {
                for log in &mut cut {
                    log.heads.truncate(usize::from(shorter > 0));
                }
                cut.retain(|log| !log.heads.is_empty());
            }
            let revoke = Revoke { device: key, cut, since_compromise, reason: "lost".to_owned() };
            r.write(now, |w| w.fact(&notices, Kind::Revoke, &revoke))?;
            r.seal()?;
            Ok::<_, StoreError>(())
        });
        self.note(device, "is revoked");
        // Whether it was written or not: from now on nothing is promised to it.
        for machine in self.machines.iter_mut().filter(|m| m.device == key) {
            machine.outcast = true;
        }
        match revoked {
            Ok(()) => {
                node.announce();
                self.work(street)
            }
            Err(error) => self.failed(street, &NodeError::from(error)),
        }
    }

    /// A device is given another grant, which ends before long.
    pub fn let_grant_end(&mut self, device: usize) -> Result<(), Violation> {
        let Some(street) = self.machines[device].parent else { return Ok(()) };
        let (Some(hub), Some(node)) =
            (self.machines[street].node.clone(), self.machines[device].node.clone())
        else {
            return Ok(());
        };
        if self.machines[device].outcast || self.is_ailing(street) || self.is_ailing(device) {
            return Ok(());
        }
        let end = TimeMs(self.now.0 + (1 + self.chance.below(GRANT_DAYS)) as i64 * DAY_MS);
        let request = node.with(|r| JoinRequest::of(r, "again"));
        let terms = Terms {
            unit: self.machines[device].unit.clone(),
            rights: linli_log::Rights::clerk(),
            not_after: Some(end),
            label: "again".to_owned(),
        };
        self.note(device, "is given another grant, which ends");
        let bundle = match grant_device(&hub, &request, &terms) {
            Ok(bundle) => bundle,
            // It has heard that the unit moved away.
            Err(NodeError::RefusedByHub(reason)) => {
                self.note(device, &format!("gets no other grant: {reason}"));
                return Ok(());
            }
            Err(error) => return self.failed(street, &error),
        };
        self.work(street)?;
        match accept_grant(&node, &bundle) {
            Ok(_) => self.work(device),
            Err(error) => self.failed(device, &error),
        }
    }

    /// A hub erases a card or a person of a community below.
    pub fn erase(&mut self, hub: usize) -> Result<(), Violation> {
        let Some(node) = self.machines[hub].node.clone() else { return Ok(()) };
        let Some(unit) = self.community_below(hub) else { return Ok(()) };
        let records = Space::new(unit.clone(), Channel::Records);
        let sql = "SELECT doc FROM household WHERE unit = ?1 UNION SELECT doc FROM person WHERE unit = ?1 ORDER BY 1";
        let documents: Result<Vec<String>, _> =
            node.with(|r| r.query(sql, [unit.as_str()], |row| row.get(0)));
        let documents = match documents {
            Ok(documents) => documents,
            Err(error) => return self.failed(hub, &NodeError::from(error)),
        };
        let Some(document) = self.chance.pick(&documents) else { return Ok(()) };
        let document: DocId = document.parse().map_err(|_| self.violation(hub, "a document's id is none"))?;
        let planned =
            plan_erasure(&node, &records, document).and_then(|plan| erase(&node, &plan, "asked for"));
        match planned {
            Ok(()) => {
                self.note(hub, &format!("erases document {document} of {unit}"));
                self.erased.insert((records, document));
                self.work(hub)
            }
            // Another hub had erased it, which took effect only now.
            Err(NodeError::NothingToErase(_)) => self.work(hub),
            Err(error) => self.failed(hub, &error),
        }
    }

    /// What a device in the wrong hands sends for good entries: their segments.
    pub fn forge(&mut self, device: usize) -> Vec<Vec<u8>> {
        let Some(node) = self.machines[device].node.clone() else { return Vec::new() };
        let own = self.machines[device].unit.clone();
        let others: Vec<_> =
            self.machines.iter().filter(|m| !m.hub && m.unit != own).map(|m| m.unit.clone()).collect();
        let mut segments = Vec::new();
        for _ in 0..=self.chance.below(3) {
            let Some(other) = self.chance.pick(&others).cloned() else { break };
            if let Some(forged) = hostile::forge(&node, &own, &other, self.now, &mut self.chance) {
                self.forged.extend(forged.entries.iter().map(|hash| hash.0));
                segments.push(forged.segment);
            }
        }
        segments
    }
}
