// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "FuzzLayers",
  products: [.executable(name: "fuzz-layers", targets: ["FuzzLayers"])],
  dependencies: [.package(name: "swift-convolution", path: "..")],
  targets: [
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
      ])
  ],
  swiftLanguageModes: [.v6])
