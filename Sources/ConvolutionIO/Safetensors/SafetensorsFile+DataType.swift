extension SafetensorsFile {
  /// The type of a tensor's elements. Raw values are the names in the file.
  ///
  /// Cases may be added in versions 0.x: a `switch` should have a `default`.
  public enum DataType: String, Sendable, Hashable, CaseIterable {
    /// A number of 64 bits, as Swift's `Double`.
    case float64 = "F64"
    /// A number of 32 bits, as Swift's `Float`.
    case float32 = "F32"
    /// A number of 16 bits, as Swift's `Float16`.
    case float16 = "F16"
    /// The upper half of a `Float`.
    case bfloat16 = "BF16"
    /// 8 bits: 5 of exponent, 2 of fraction.
    case float8E5M2 = "F8_E5M2"
    /// 8 bits: 4 of exponent, 3 of fraction.
    case float8E4M3 = "F8_E4M3"
    /// 8 bits, all of them exponent.
    case float8E8M0 = "F8_E8M0"
    /// `F8_E5M2` without infinities and negative zero.
    case float8E5M2FNUZ = "F8_E5M2FNUZ"
    /// `F8_E4M3` without infinities and negative zero.
    case float8E4M3FNUZ = "F8_E4M3FNUZ"
    /// 6 bits: 3 of exponent, 2 of fraction.
    case float6E3M2 = "F6_E3M2"
    /// 6 bits: 2 of exponent, 3 of fraction.
    case float6E2M3 = "F6_E2M3"
    /// 4 bits: 2 of exponent, 1 of fraction.
    case float4 = "F4"
    /// A complex number of two `F32`.
    case complex64 = "C64"
    /// A signed integer of 64 bits.
    case int64 = "I64"
    /// A signed integer of 32 bits.
    case int32 = "I32"
    /// A signed integer of 16 bits.
    case int16 = "I16"
    /// A signed integer of 8 bits.
    case int8 = "I8"
    /// An unsigned integer of 64 bits.
    case uint64 = "U64"
    /// An unsigned integer of 32 bits.
    case uint32 = "U32"
    /// An unsigned integer of 16 bits.
    case uint16 = "U16"
    /// An unsigned integer of 8 bits.
    case uint8 = "U8"
    /// A truth value of one byte.
    case bool = "BOOL"

    /// Whether ``SafetensorsFile/tensor(_:as:)`` reads tensors of this type: `F64`, `F32`, `F16`, `BF16` and the integers.
    public var isReadable: Bool { isWritable || storedInteger != nil }

    /// Whether ``SafetensorsFile/write(_:metadata:path:as:)`` writes tensors as this type: `F64`, `F32`, `F16` and `BF16`.
    public var isWritable: Bool { storedScalar != nil }

    /// How the elements become scalars, where they are floating-point numbers that tensors are written as, too.
    var storedScalar: StoredScalar? {
      switch self {
      case .float64: .float64
      case .float32: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      default: nil
      }
    }

    /// How the elements become scalars, where they are integers.
    var storedInteger: StoredInteger? {
      switch self {
      case .int64: .int64
      case .int32: .int32
      case .int16: .int16
      case .int8: .int8
      case .uint64: .uint64
      case .uint32: .uint32
      case .uint16: .uint16
      case .uint8: .uint8
      default: nil
      }
    }

    /// The size of an element. Those of less than a byte are packed without gaps.
    var bitCount: Int {
      switch self {
      case .float64, .complex64, .int64, .uint64: 64
      case .float32, .int32, .uint32: 32
      case .float16, .bfloat16, .int16, .uint16: 16
      case .float8E5M2, .float8E4M3, .float8E8M0, .float8E5M2FNUZ, .float8E4M3FNUZ, .int8, .uint8, .bool: 8
      case .float6E2M3, .float6E3M2: 6
      case .float4: 4
      }
    }
  }
}
