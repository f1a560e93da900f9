// pulumi-resource-docker is the Docker provider that @pulumi/docker talks to, for machines that can
// reach the Go module proxy but not Pulumi's download host. It puts Pulumi's bridge around the
// Terraform provider that the official one wraps, under the same names.
//
// Left out is docker:index/image:Image, which the official provider implements by itself.
package main

import (
	"encoding/json"
	"log"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	// An internal package: this module's path lies below the upstream's to be allowed to import it.
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// version is set by the linker to the version of the npm package that package.json asks for.
var version = "0.0.0"

func main() {
	// Programs bring their own types (the npm package); the engine needs no more than this.
	schema, err := json.Marshal(map[string]string{"name": "docker", "version": version})
	if err != nil {
		log.Fatal(err)
	}
	tfbridge.Main("docker", version, dockerProvider(), schema)
}

func dockerProvider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(provider.New(version)()),
		Name:    "docker",
		Version: version,
		Config: map[string]*tfbridge.SchemaInfo{
			"registry_auth": {Name: "registryAuth", MaxItemsOne: tfbridge.False()},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_buildx_builder": {Tok: resource("BuildxBuilder")},
			"docker_config":         {Tok: resource("ServiceConfig")},
			"docker_container": {
				Tok: resource("Container"),
				// As the official provider has it: two containers cannot share a name.
				DeleteBeforeReplace: true,
				Fields: map[string]*tfbridge.SchemaInfo{
					"command":           {Name: "command"},
					"networks_advanced": {Name: "networksAdvanced"},
				},
			},
			"docker_image":          {Tok: resource("RemoteImage"), Fields: ownName},
			"docker_network":        {Tok: resource("Network")},
			"docker_plugin":         {Tok: resource("Plugin")},
			"docker_registry_image": {Tok: resource("RegistryImage")},
			"docker_secret":         {Tok: resource("Secret")},
			"docker_service":        {Tok: resource("Service")},
			"docker_tag":            {Tok: resource("Tag")},
			"docker_volume":         {Tok: resource("Volume")},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image":                    {Tok: function("getRemoteImage")},
			"docker_logs":                     {Tok: function("getLogs")},
			"docker_network":                  {Tok: function("getNetwork")},
			"docker_plugin":                   {Tok: function("getPlugin")},
			"docker_registry_image":           {Tok: function("getRegistryImage")},
			"docker_registry_image_manifests": {Tok: function("getRegistryImageManifests")},
		},
	}
	// A resource without a name gets its Pulumi name and a random suffix.
	info.SetAutonaming(255, "-")
	return info
}

// An image's name says which image it is: it is never made up.
var ownName = map[string]*tfbridge.SchemaInfo{"name": {Name: "name"}}

func resource(name string) tokens.Type {
	return tfbridge.MakeResource("docker", "index", name)
}

func function(name string) tokens.ModuleMember {
	return tfbridge.MakeDataSource("docker", "index", name)
}
