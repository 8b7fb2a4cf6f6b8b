//! Strict JSON parsing: a struct must be an object, and a number is an integer if its value is one.
//!
//! Serde's derived types also accept an array, with the members in the order of their declaration.
//! Our API description doesn't allow that, and clients would depend on an order that isn't
//! guaranteed.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde_json::{Error, Number, Value};

/// A JSON value that is parsed strictly at every level.
pub(crate) struct Strict(pub(crate) Value);

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Self)))
            }
            Value::Object(members) => visitor.visit_map(MapDeserializer::new(
                members.into_iter().map(|(name, value)| (name, Self(value))),
            )),
            Value::Number(number) => match whole(&number) {
                Some(integer) => visitor.visit_i64(integer),
                None => Value::Number(number).deserialize_any(visitor),
            },
            scalar => scalar.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.0.is_array() {
            return Err(Error::custom("invalid type: array, expected an object"));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// Returns the integer value of a number with a decimal point or exponent: in JSON Schema, `20.0`
/// and `2e1` are integers (Core, section 4.2.3). Above 2^53 a float isn't exact, so it isn't
/// converted.
pub(crate) fn whole(number: &Number) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float = number
        .as_f64()
        .filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT)?;
    #[expect(clippy::cast_possible_truncation, reason = "it has no fraction, and i64 holds it")]
    Some(float as i64)
}

impl IntoDeserializer<'_, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Order {
        items: Vec<Item>,
        note: Option<String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Item {
        quantity: u32,
    }

    fn read(value: Value) -> Result<Order, Error> {
        Order::deserialize(Strict(value))
    }

    #[test]
    fn objects_are_read() {
        let expected = Order { items: vec![Item { quantity: 2 }], note: None };
        assert_eq!(read(json!({ "items": [{ "quantity": 2 }], "note": null })).unwrap(), expected);
        assert_eq!(read(json!({ "items": [{ "quantity": 2 }] })).unwrap(), expected);
    }

    #[test]
    fn an_integer_may_be_written_with_a_decimal_point() {
        let expected = Order { items: vec![Item { quantity: 2 }], note: None };
        for quantity in [json!(2.0), json!(2e0)] {
            assert_eq!(read(json!({ "items": [{ "quantity": quantity }] })).unwrap(), expected);
        }
        for quantity in [json!(1.5), json!(-2.0), json!(1e300), json!(4_294_967_296.0)] {
            assert!(read(json!({ "items": [{ "quantity": quantity }] })).is_err(), "{quantity}");
        }
    }

    #[test]
    fn an_array_is_no_object_at_any_depth() {
        for value in [json!([[], null]), json!({ "items": [[2]] }), json!("x"), json!(null)] {
            assert!(read(value.clone()).is_err(), "{value}");
        }
    }
}
