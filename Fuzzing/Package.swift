// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Fuzzing",
  products: [
    .executable(name: "fuzz-layers", targets: ["FuzzLayers"]),
    // A library and no executable: libFuzzer brings its own `main`, to which Scripts/fuzz-files links this.
    .library(name: "FuzzFiles", type: .static, targets: ["FuzzFiles"]),
  ],
  dependencies: [.package(name: "swift-convolution", path: "..")],
  targets: [
    .target(
      name: "FuzzFiles",
      dependencies: [
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "ConvolutionIO", package: "swift-convolution"),
      ],
      swiftSettings: [.strictMemorySafety()]),
    .executableTarget(
      name: "FuzzLayers",
      dependencies: [
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "_ConvolutionReference", package: "swift-convolution"),
      ],
      swiftSettings: [
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
  ],
  swiftLanguageModes: [.v6])
