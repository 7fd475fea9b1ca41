// swift-tools-version: 6.2
import PackageDescription

// A library and no executable: libFuzzer brings its own `main`, to which Scripts/fuzz-files links this.
let package = Package(
  name: "swift-convolution-fuzz-files",
  products: [.library(name: "FuzzFiles", type: .static, targets: ["FuzzFiles"])],
  dependencies: [.package(name: "swift-convolution", path: "..")],
  targets: [
    .target(
      name: "FuzzFiles",
      dependencies: [
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "ConvolutionIO", package: "swift-convolution"),
      ],
      swiftSettings: [.strictMemorySafety()])
  ])
