//! Who this device is: its signing key and the key that bundles for it are encrypted to.

use linli_log::DeviceSecret;
use linli_wire::DeviceKey;
use rusqlite::{Connection, OptionalExtension, params};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::error::StoreError;

const CURRENT: &str = "identity";
const NEXT: &str = "next identity";

/// The device's secrets. They live in the encrypted database and leave it for nothing but signing.
#[derive(Clone)]
pub struct Identity {
    seed: [u8; 32],
    /// The public key of the seed: asked for all the time, and long to work out.
    device: DeviceKey,
    recipient: StaticSecret,
}

impl Identity {
    /// An identity from the system's randomness.
    pub fn random() -> Result<Self, StoreError> {
        let (mut seed, mut recipient) = ([0; 32], [0; 32]);
        getrandom::fill(&mut seed)?;
        getrandom::fill(&mut recipient)?;
        Ok(Self::of(seed, recipient))
    }

    /// The identity of these two secrets.
    pub fn of(seed: [u8; 32], recipient: [u8; 32]) -> Self {
        let device = DeviceSecret::from_seed(&seed).device();
        Self { seed, device, recipient: StaticSecret::from(recipient) }
    }

    pub fn device(&self) -> DeviceKey {
        self.device
    }

    pub fn secret(&self) -> DeviceSecret {
        DeviceSecret::from_seed(&self.seed)
    }

    /// The seed of the signing key, for the transport's own copy of it.
    pub fn seed(&self) -> [u8; 32] {
        self.seed
    }

    /// The X25519 public key that stands in the device's grant.
    pub fn recipient(&self) -> [u8; 32] {
        PublicKey::from(&self.recipient).to_bytes()
    }

    /// The X25519 private key that opens bundles for this device.
    pub fn recipient_secret(&self) -> [u8; 32] {
        self.recipient.to_bytes()
    }

    /// An identity with a signing key that is there already.
    pub fn from_seed(seed: [u8; 32]) -> Result<Self, StoreError> {
        Ok(Self::of(seed, Self::random()?.recipient_secret()))
    }

    pub(crate) fn load(connection: &Connection) -> Result<Option<Self>, StoreError> {
        Self::stored(connection, CURRENT)
    }

    pub(crate) fn save(&self, connection: &Connection) -> Result<(), StoreError> {
        self.store(connection, CURRENT)
    }

    /// The identity that this device is about to go on under.
    pub(crate) fn load_next(connection: &Connection) -> Result<Option<Self>, StoreError> {
        Self::stored(connection, NEXT)
    }

    pub(crate) fn save_next(&self, connection: &Connection) -> Result<(), StoreError> {
        self.store(connection, NEXT)
    }

    pub(crate) fn forget_next(connection: &Connection) -> Result<(), StoreError> {
        connection.execute("DELETE FROM meta WHERE name = ?1", [NEXT])?;
        Ok(())
    }

    fn stored(connection: &Connection, name: &str) -> Result<Option<Self>, StoreError> {
        let stored: Option<Vec<u8>> = connection
            .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
            .optional()?;
        let Some(stored) = stored else { return Ok(None) };
        let (seed, recipient) = stored.split_at_checked(32).unwrap_or((&[], &[]));
        match (seed.try_into(), <[u8; 32]>::try_from(recipient)) {
            (Ok(seed), Ok(recipient)) => Ok(Some(Self::of(seed, recipient))),
            _ => Err(StoreError::Corrupt("the device's identity".to_owned())),
        }
    }

    fn store(&self, connection: &Connection, name: &str) -> Result<(), StoreError> {
        let stored = [self.seed, self.recipient.to_bytes()].concat();
        let sql = "INSERT INTO meta(name, value) VALUES (?1, ?2)
                   ON CONFLICT(name) DO UPDATE SET value = excluded.value";
        connection.execute(sql, params![name, stored])?;
        Ok(())
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.device().short())
    }
}
