//! Identifiers: fixed-length byte strings that show as lower-case hexadecimal.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER_PERMISSIVE;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    #[error("{what} is {expected} hexadecimal digits, this has {found} characters")]
    Length { what: &'static str, expected: usize, found: usize },
    #[error("{what} is hexadecimal digits, this has other characters in it")]
    NotHex { what: &'static str },
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $len:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// The first eight digits: enough for a person to tell a handful apart, never a key.
            pub fn short(&self) -> String {
                HEXLOWER_PERMISSIVE.encode(&self.0[..4])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER_PERMISSIVE.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.short())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let text = text.trim();
                if text.len() != 2 * $len {
                    return Err(IdError::Length {
                        what: $what,
                        expected: 2 * $len,
                        found: text.chars().count(),
                    });
                }
                let mut bytes = [0; $len];
                HEXLOWER_PERMISSIVE
                    .decode_mut(text.as_bytes(), &mut bytes)
                    .map_err(|_| IdError::NotHex { what: $what })?;
                Ok(Self(bytes))
            }
        }
    };
}

identifier!(
    /// A SHA-256 digest whose meaning the field that holds it gives.
    Digest, 32, "a digest"
);
identifier!(
    /// The hash of an entry: SHA-256 over its header and the digests of its payloads.
    EntryHash, 32, "an entry hash"
);
identifier!(
    /// A log: the hash of its first entry.
    LogId, 32, "a log id"
);
identifier!(
    /// A realm: the id of its realm log.
    RealmId, 32, "a realm id"
);
identifier!(
    /// A device: its Ed25519 public key.
    DeviceKey, 32, "a device key"
);
identifier!(
    /// A document within its space.
    DocId, 16, "a document id"
);

impl From<EntryHash> for LogId {
    /// A log is named by its genesis entry.
    fn from(genesis: EntryHash) -> Self {
        Self(genesis.0)
    }
}

impl From<LogId> for RealmId {
    fn from(realm_log: LogId) -> Self {
        Self(realm_log.0)
    }
}

impl From<RealmId> for LogId {
    fn from(realm: RealmId) -> Self {
        Self(realm.0)
    }
}

impl DocId {
    /// The id of a document of which a space has exactly one for `name`, so that two devices that
    /// create it apart from each other create the same one.
    pub fn singleton(name: &str) -> Self {
        let digest = Digest::of(b"linli/1 singleton", &[name.as_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&digest.0[..16]);
        Self(id)
    }
}

impl Digest {
    /// SHA-256 over the context, its length first, then each part, its length first: lengths are
    /// 8 bytes big-endian, so no two lists of parts give the same bytes.
    pub fn of(context: &[u8], parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update((context.len() as u64).to_be_bytes());
        hasher.update(context);
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_what_they_show() {
        let id = LogId([0xa5; 32]);
        assert_eq!(id.to_string().parse::<LogId>(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse::<LogId>(), Ok(id));
    }

    #[test]
    fn a_text_that_is_no_id_says_why() {
        assert_eq!(
            "abc".parse::<DocId>().map_err(|e| e.to_string()),
            Err("a document id is 32 hexadecimal digits, this has 3 characters".to_owned())
        );
        assert_eq!(
            "g".repeat(64).parse::<RealmId>().map_err(|e| e.to_string()),
            Err("a realm id is hexadecimal digits, this has other characters in it".to_owned())
        );
    }

    #[test]
    fn parts_cannot_be_shifted_across_their_border() {
        assert_ne!(Digest::of(b"c", &[b"ab", b"c"]), Digest::of(b"c", &[b"a", b"bc"]));
        assert_ne!(Digest::of(b"ca", &[b"b"]), Digest::of(b"c", &[b"ab"]));
    }
}
